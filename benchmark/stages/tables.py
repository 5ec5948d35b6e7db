"""Run a command in a process of its own and measure it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Sequence

CLI = (sys.executable, "-m", f"{__package__.partition('.')[0]}.core.commandline.main")


@dataclass(frozen=True)
class Measured:
    """What a command did and what it cost.

    Args:
        returncode: exit status, negative for a signal.
        stdout, stderr: what it said.
        seconds: wall time.
        cpu_seconds: processor time, user and system, of all threads.
        peak_mib: peak resident memory.
    """

    returncode: int
    stdout: str
    stderr: str
    seconds: float
    cpu_seconds: float
    peak_mib: float


def run_measured(command: Sequence[str]) -> Measured:
    """Run a command to its end; its exit status is not judged."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, err):
            stream.seek(0)
        return Measured(
            process.returncode,
            out.read(),
            err.read(),
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
        )


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others figures."""
    lines = [list(header), ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
