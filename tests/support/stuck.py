"""Shows where every thread of a test run is, once a test stands still; see conftest.

    python stuck.py PID BEAT SECONDS [NOTE]

``BEAT`` is a file that every test touches; ``NOTE`` is written where one stands still.
Python's own dump, which ends the run a little later, tells nothing of Qt's threads, and
a lock that one of them holds is what such a test waits for. Without gdb that dump is
all there is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

LOOK_EVERY_S = 2.0


def main(pid: int, beat: Path, patience_s: float, note: Path | None) -> None:
    """Wait for the end of the run, or for a beat that is too old."""
    while os.getppid() == pid and beat.exists():
        time.sleep(LOOK_EVERY_S)
        if beat.exists() and time.time() - beat.stat().st_mtime > patience_s:
            if note is not None:
                note.touch()
            if shutil.which("gdb"):
                show = ["gdb", "-p", str(pid), "-batch", "-ex", "set pagination off"]
                subprocess.run([*show, "-ex", "thread apply all bt"], stdout=2)
            return


if __name__ == "__main__":
    pid, beat, patience_s, *note = sys.argv[1:]
    main(int(pid), Path(beat), float(patience_s), Path(note[0]) if note else None)
