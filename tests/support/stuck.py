"""Shows where every thread of a test run is, once a test stands still; see conftest.

    python stuck.py PID BEAT SECONDS

``BEAT`` is a file that every test touches. Python's own dump, which ends the run a
little later, tells nothing of Qt's threads, and a lock that one of them holds is what
such a test waits for. Without gdb that dump is all there is.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

LOOK_EVERY_S = 2.0


def main(pid: int, beat: Path, patience_s: float) -> None:
    """Wait for the end of the run, or for a beat that is too old."""
    while os.getppid() == pid and beat.exists():
        time.sleep(LOOK_EVERY_S)
        if beat.exists() and time.time() - beat.stat().st_mtime > patience_s:
            show = ["gdb", "-p", str(pid), "-batch", "-ex", "set pagination off"]
            subprocess.run([*show, "-ex", "thread apply all bt"], stderr=2, stdout=2)
            return


if __name__ == "__main__" and shutil.which("gdb"):
    main(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
