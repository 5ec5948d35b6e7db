"""Text that people hand in: regular files of bearable size, in UTF-8."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import BadInput

#: Larger files are no text that this program reads; a dense flow has some 10 MB.
MOST_BYTES = 256 << 20


def read_text(path: Path) -> str:
    """Return the text of a file, without a mark of its byte order.

    Raises ``BadInput`` for what is missing, no regular file, too large or no UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise BadInput.of("no_plain_file", path=path)
        if path.stat().st_size > MOST_BYTES:
            most = MOST_BYTES >> 20
            raise BadInput.of("too_large_for_text", path=path, most=most)
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput.of("cannot_be_read", path=path, why=why) from error
    except UnicodeDecodeError as error:
        raise BadInput.of("no_text_file", path=path) from error
    except ValueError as error:  # a name that no file can have
        raise BadInput.of("cannot_be_read", path=path, why=error) from error


def json_of(path: Path, text: str) -> Any:
    """Return what a file's JSON says; raises ``BadInput`` when it is none."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise BadInput.of("not_json", path=path, why="nested too deep") from error
    except ValueError as error:
        raise BadInput.of("not_json", path=path, why=error) from error
