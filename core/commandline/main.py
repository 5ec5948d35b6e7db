"""The ``soma`` command: arguments to calls, errors to exit codes.

Exit codes: 0 done; 1 unexpected error; 2 a file, option or value cannot be
used; 3 refused, the reason is printed; 4 the model cannot run here; 130 stopped;
141 whoever read the output went away.
"""

from __future__ import annotations

from . import startup  # must precede all that takes time

# isort: split
import json
import os
import sys
import traceback
import warnings
from typing import Sequence

from ..base import threads  # noqa: F401 - must precede numpy, which rasterio imports
from . import clean_environment  # noqa: F401 - must precede PROJ and GDAL

# isort: split
import rasterio

from ..base.errors import (
    BadInput,
    Cancelled,
    Refused,
    SomaError,
    error_dict,
    is_out_of_memory,
)
from ..base.option_text import language_of
from ..base.words.catalogue import translator
from ..base.words.message import Translate
from ..base.words.visible import visible
from .console import print_any_name
from .parser import build_parser

#: As a shell tells of programs that write into a pipe without reader.
READER_GONE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        return _run(argv)
    finally:
        startup.all_is_done()


def _run(argv: Sequence[str] | None) -> int:
    print_any_name()
    words = list(sys.argv[1:] if argv is None else argv)
    as_json, debug = "--json" in words, "--debug" in words
    say = translator(language_of(words))
    try:
        _check_words(words)
        args = build_parser().parse_args(words)
        with rasterio.Env(), warnings.catch_warnings():
            if not debug:
                warnings.simplefilter("ignore")
            code = int(args.run(args))
            # What cannot be printed is known here, and not when all is over.
            sys.stdout.flush()
            return code
    except SomaError as error:
        return _fail(as_json, error, error.exit_code, say)
    except KeyboardInterrupt:
        return _fail(as_json, Cancelled.of("interrupted"), Cancelled.exit_code, say)
    except BrokenPipeError:
        # Nobody reads; Python would complain of what is still to be printed.
        sys.stdout = open(os.devnull, "w")
        return READER_GONE
    except OSError as error:
        return _fail(as_json, error, 2, say)
    except Exception as error:  # noqa: BLE001 - the outer edge: never a traceback
        if is_out_of_memory(error):
            return _fail(as_json, BadInput.of("out_of_memory"), 2, say)
        if debug:
            traceback.print_exc()
        kind = type(error).__name__
        found = SomaError.of("unexpected_debug", error=kind, why=error)
        return _fail(as_json, found, 1, say)


def _check_words(words: Sequence[str]) -> None:
    """Raise ``BadInput`` for names that are no UTF-8: no library would open them."""
    for word in words:
        try:
            word.encode("utf-8")
        except UnicodeEncodeError as error:
            raise BadInput.of("name_not_utf8", name=visible(word)) from error


def _fail(as_json: bool, error: BaseException, code: int, say: Translate) -> int:
    message = " ".join(str(error).split()) or type(error).__name__
    if as_json:
        refused = error.code if isinstance(error, Refused) else ""
        answer = {
            "status": "refused" if refused else "error",
            "reason": message,
            "code": refused or type(error).__name__,
            "message": error_dict(error) if isinstance(error, SomaError) else {},
        }
        stream, line = sys.stdout, json.dumps(answer)
    else:
        if isinstance(error, SomaError) and error.message is not None:
            message = error.message.say(say)
        stream, line = sys.stderr, f"soma: {visible(message)}"
    try:
        stream.write(line + "\n")
        stream.flush()
    except OSError:
        # The exit code says it all; Python would try again when it ends.
        sys.stdout = sys.stderr = open(os.devnull, "w")
    return code


if __name__ == "__main__":
    sys.exit(main())
