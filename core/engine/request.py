"""One request to the worker: read from its line, with values of the right kind."""

from __future__ import annotations

import json
from typing import Any

from ..base.errors import BadInput

_NUMBER = (int, float)
#: What a value may be, by its key; other keys hold anything.
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("job", "window_job", "options"), (dict,)),
    **dict.fromkeys(("path", "a", "b", "out", "transform", "plan"), (str,)),
    **dict.fromkeys(("grid", "resampling", "mode", "kind", "model"), (str,)),
    **dict.fromkeys(("crs", "map_crs"), (str,)),
    **dict.fromkeys(("x", "y", "window_px", "width", "height"), _NUMBER),
    **dict.fromkeys(("cell", "threads"), (int,)),
    **dict.fromkeys(("overwrite", "other_pixels"), (bool,)),
    "nodata": (*_NUMBER, type(None)),
    "looks": (dict, type(None)),
    "rasters": (list,),
    "pixels_to_map": (list,),
    "points": (str, list),
    "sars": (str, list),
    "opticals": (str, list),
}
#: Keys whose lists hold values of one kind.
_ITEMS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("rasters", "sars", "opticals"), (str,)),
    "pixels_to_map": _NUMBER,
    "points": (dict,),
}


class Request(dict[str, Any]):
    """A JSON object of a request; a key that is asked for and not there is told."""

    def __missing__(self, key: str) -> Any:
        raise BadInput.of("request_lacks", key=key)


def parsed(line: str) -> Request | None:
    """Return the request that a line is, None for other lines."""
    try:
        values = json.loads(line, object_hook=Request)
    except (ValueError, RecursionError):
        return None
    if isinstance(values, Request) and type(values.get("id")) is int:
        return values if isinstance(values.get("call"), str) else None
    return None


def check_kinds(values: Request) -> None:
    """Raise ``BadInput`` for a value of the wrong kind."""
    for key, value in values.items():
        items = value if isinstance(value, list) and key in _ITEMS else []
        kinds = _KINDS.get(key)
        fits = kinds is None or _is_one_of(value, kinds)
        if not fits or not all(_is_one_of(item, _ITEMS[key]) for item in items):
            raise BadInput.of("request_value", key=key, value=json.dumps(value)[:60])


def _is_one_of(value: Any, kinds: tuple[type, ...]) -> bool:
    # To Python true and false are numbers.
    return isinstance(value, kinds) and (type(value) is not bool or bool in kinds)
