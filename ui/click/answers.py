"""The engine's answers about places as plain values, read off the main thread."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from qgis.PyQt.QtGui import QImage

from ..engine.engine import EngineFailed
from ..qt.i18n import tr
from .points import XY

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Found:
    """What the engine found around a place.

    Args:
        mov: where the moving image shows the feature, map coordinates.
        ref: where it belongs.
        confidence: of the matcher.
        inliers: matches that agree.
        px: length from ``mov`` to ``ref``, working pixels.
        m: the same in metres, None where unknown.
        image: checkerboard of the aligned window.
    """

    mov: XY
    ref: XY
    confidence: float
    inliers: int
    px: float
    m: float | None
    image: QImage


def read_found(answer: dict[str, Any]) -> Found:
    """Return the answer to a click."""
    metres = None if answer["dx_m"] is None else _length(answer, "m")
    return Found(
        _place(answer["mov"]),
        _place(answer["ref"]),
        float(answer["confidence"]),
        int(answer["n_inliers"]),
        _length(answer, "px"),
        metres,
        read_picture(answer),
    )


def read_picture(answer: dict[str, Any]) -> QImage:
    """Return the picture of an answer, which is a base64 PNG."""
    image = QImage.fromData(base64.b64decode(answer["png"]), "PNG")
    if image.isNull():
        raise ValueError("no picture")
    return image


def understood(read: Callable[[Any], _Read], answer: Any) -> _Read:
    """Return an answer as ``read`` returns it.

    Raises ``EngineFailed`` where it has something else in it than was expected: the
    window must not break down on it, nor wait for ever.
    """
    try:
        return read(answer)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise EngineFailed(
            tr(
                "The engine's answer was not understood; look into Diagnostics, and "
                "set the engine up again."
            )
        ) from error


def _place(xy: Any) -> XY:
    x, y = xy
    return float(x), float(y)


def _length(answer: dict[str, Any], unit: str) -> float:
    return (answer[f"dx_{unit}"] ** 2 + answer[f"dy_{unit}"] ** 2) ** 0.5
