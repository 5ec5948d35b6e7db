"""What the program does before all else, for the imports after it take a second.

Signals end it in one sentence from its first moment to its last, too little memory for
the imports does, and names of files are UTF-8 wherever the system's locale says nothing
of them.
"""

from __future__ import annotations

import os
import signal
import sys
from types import TracebackType

from ..base.ending import ENDING

STOPPED, BAD_INPUT = 130, 2
#: What systems say where a library finds no memory to lie in.
_NO_ROOM = ("failed to map segment", "cannot allocate memory")


def _is_the_program() -> bool:
    """Return whether this process is the command, and does not just import it.

    Its workers look like it, and end quietly.
    """
    if "--multiprocessing-fork" in sys.orig_argv:
        return False
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    name = spec.name if spec is not None else ""
    own = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    return name.endswith(".commandline.main") or own == "soma"


def _stop(*_: object) -> None:
    # Nothing has been written yet; unwinding an import would show where it was.
    os.write(2, b"soma: Stopped.\n")
    os._exit(STOPPED)


def _failed(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell what no import may raise: that there is too little memory for it."""
    # Its text tells, also where a module's own words are put before those of a library.
    text = str(error).lower()
    if not (isinstance(error, MemoryError) or any(said in text for said in _NO_ROOM)):
        sys.__excepthook__(kind, error, trace)
        return
    os.write(2, b"soma: There is too little memory to begin; close other programs.\n")
    os._exit(BAD_INPUT)


def all_is_done() -> None:
    """Let no signal end the program any more: its exit code says what came of it.

    Python takes a moment to end, in which signals would kill it.
    """
    if _is_the_program():
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)


def _in_utf8() -> None:
    """Begin again in UTF-8 mode where names would else be ASCII or Latin."""
    if os.name == "nt" or sys.getfilesystemencoding().lower() == "utf-8":
        return
    # The mode set here holds for the next start alone, whatever it says then.
    os.environ["PYTHONUTF8"] = "1"
    again = [sys.executable, *sys.orig_argv[1:]]
    os.execv(sys.executable, again)  # nosec B606 - this very program, and no shell


if _is_the_program():
    for number in ENDING:
        signal.signal(number, _stop)
    sys.excepthook = _failed
    _in_utf8()
