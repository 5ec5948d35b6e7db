"""The ``soma`` command, run in the tests' own process."""

import io
import signal
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from soma.core.base.ending import ENDING
from soma.core.commandline.main import main


class Done(NamedTuple):
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def soma(*words):
    """Run the command; signals are handled as before when it has ended."""
    out, err = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in ENDING}
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return Done(code, out.getvalue(), err.getvalue())
