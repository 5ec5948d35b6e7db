"""The end of every command here: one sentence where a user's error ends it."""

from __future__ import annotations

import sys
from typing import Callable, NoReturn

from ...core.base.errors import SomaError


def run_command(main: Callable[[], int | None]) -> NoReturn:
    """Run a command and end with its exit code, or with that of its error."""
    try:
        sys.exit(main())
    except SomaError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
