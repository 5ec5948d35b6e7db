"""What breaks down in a comparison ends it, instead of staying over the map."""

from __future__ import annotations

import functools
from typing import Any, Callable


def ends_on_failure(method: Callable[..., Any]) -> Callable[..., Any]:
    """Hand any exception of a method to its object's ``fail``, and return None.

    For what Qt calls: there is nobody above who could catch it.
    """

    @functools.wraps(method)
    def guarded(self: Any, *values: Any, **named: Any) -> Any:
        try:
            return method(self, *values, **named)
        except Exception as error:  # noqa: BLE001 - whatever it is, the map comes first
            self.fail(error)
            return None

    return guarded
