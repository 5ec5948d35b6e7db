"""What fails in the middle of a gesture or a painting takes itself off the map."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable, TypeVar

_Handler = TypeVar("_Handler", bound=Callable[..., Any])


def giving_up(handler: _Handler) -> _Handler:
    """Decorate a handler of events: where it raises, ``self.give_up()`` comes first.

    QGIS shows the exception; without this the same event would fail again and again
    under a picture that nobody can take away.
    """

    @wraps(handler)
    def guarded(self: Any, *args: Any) -> Any:
        try:
            return handler(self, *args)
        except Exception:
            self.give_up()
            raise

    return guarded  # type: ignore[return-value]


def ends_on_failure(handler: _Handler) -> _Handler:
    """Decorate a handler that gives way without a word from QGIS.

    ``self.fail`` gets the exception and tells the user; the handler returns None.
    """

    @wraps(handler)
    def guarded(self: Any, *args: Any, **named: Any) -> Any:
        try:
            return handler(self, *args, **named)
        except Exception as error:  # noqa: BLE001 - whatever it is, the map comes first
            self.fail(error)
            return None

    return guarded  # type: ignore[return-value]
