"""Control points: plain values, one list of them with undo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterable

from qgis.core import QgsCoordinateReferenceSystem
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..layers.inputs import crs_text
from ..words.sentences import said

XY = tuple[float, float]
#: Steps that Backspace can take back.
_MOST_UNDO = 200


@dataclass(frozen=True)
class ControlPoint:
    """One pair of places, in the map coordinates of its list.

    Args:
        number: what the user sees; never used twice in a list.
        mov: where the moving image shows the feature now.
        ref: where it belongs.
        confidence: of the matcher, 1 for pairs set by hand.
        by_hand: whether the user placed or moved it.
        window_px: side of the window it was found in, 0 for those set by hand.
        enabled: whether it counts.
    """

    number: int
    mov: XY
    ref: XY
    confidence: float = 1.0
    by_hand: bool = False
    enabled: bool = True
    window_px: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return what the engine needs."""
        return {
            "mov": list(self.mov),
            "ref": list(self.ref),
            "confidence": self.confidence,
            "enabled": self.enabled,
            "window_px": self.window_px,
        }


@dataclass(frozen=True)
class Residual:
    """What the fit says about one point.

    Args:
        px: distance left, working pixels.
        m: the same in metres, None where unknown.
        left_px: error of the transform through the other points, None if unknown.
        source_px: where in the moving file the transform looks for ``ref`` minus
            where that was found, pixels right and down.
    """

    px: float
    m: float | None
    left_px: float | None
    source_px: XY


@dataclass(frozen=True)
class FitResult:
    """The transform through the points.

    Args:
        kind: of the transform.
        why: why this kind, one sentence.
        rmse_px: root mean square residual, working pixels.
        rmse_m: the same in metres, None where unknown.
        residuals: by number of the point.
        independent: as how many places without common pixels the points count.
        held_px: root mean square error at points that were left out, None if unknown.
        expected_px: how far it may be off over the overlap, None if unknown.
        gsd_m: side of a working pixel in metres, None where unknown.
        odd: number of the point that the others contradict, and by how many pixels.
    """

    kind: str
    why: str
    rmse_px: float
    rmse_m: float | None
    residuals: dict[int, Residual]
    independent: float = 0.0
    held_px: float | None = None
    expected_px: float | None = None
    gsd_m: float | None = None
    odd: tuple[int, float] | None = None


class PointList(QObject):
    """The control points of one pair.

    Positions are in ``crs``, that of the map when the first point came.

    Signals:
        changed: some change of the points.
        replaced: all points are others now, before ``changed``.
        fitted: the fit or the selection changed.
    """

    changed = pyqtSignal()
    replaced = pyqtSignal()
    fitted = pyqtSignal()

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.crs = QgsCoordinateReferenceSystem()
        self.fit: FitResult | None = None
        self.selected = 0
        self._points: tuple[ControlPoint, ...] = ()
        # With the CRS of that moment: a list that is emptied may get another one.
        self._past: list[
            tuple[tuple[ControlPoint, ...], QgsCoordinateReferenceSystem]
        ] = []
        self._last_number = 0

    def __len__(self) -> int:
        return len(self._points)

    @property
    def points(self) -> tuple[ControlPoint, ...]:
        """Return all points in order."""
        return self._points

    @property
    def enabled(self) -> list[ControlPoint]:
        """Return the points that count."""
        return [point for point in self._points if point.enabled]

    @property
    def crs_text(self) -> str:
        """Return the CRS of the positions as text, "" for none."""
        return crs_text(self.crs)

    @property
    def can_undo(self) -> bool:
        """Return whether there is a change to take back."""
        return bool(self._past)

    def get(self, number: int) -> ControlPoint | None:
        """Return a point by its number."""
        return next((p for p in self._points if p.number == number), None)

    def add(
        self,
        mov: XY,
        ref: XY,
        confidence: float = 1.0,
        by_hand: bool = False,
        window_px: int = 0,
    ) -> ControlPoint:
        """Append a point, and select it."""
        self._last_number += 1
        point = ControlPoint(
            self._last_number, mov, ref, confidence, by_hand, window_px=window_px
        )
        self.selected = point.number
        self._set((*self._points, point))
        return point

    def move(self, number: int, **ends: XY) -> None:
        """Move ``mov`` or ``ref`` of a point; it counts as set by hand from then on."""
        self._replace(number, confidence=1.0, by_hand=True, window_px=0, **ends)

    def enable(self, number: int, enabled: bool) -> None:
        """Let a point count or not."""
        self._replace(number, enabled=enabled)

    def remove(self, number: int) -> None:
        """Delete a point."""
        self._set(tuple(p for p in self._points if p.number != number))

    def clear(self) -> None:
        """Delete all points."""
        if self._points:
            self._set(())

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            self._points, self.crs = self._past.pop()
            self._forget_fit()

    def load(
        self,
        points: Iterable[dict[str, Any]],
        crs: QgsCoordinateReferenceSystem,
    ) -> None:
        """Replace all points by others; numbers that are missing are found."""
        self.crs, self._last_number, self.selected = crs, 0, 0
        self._past.clear()
        found: dict[int, ControlPoint] = {}
        for values in points:
            number = values.get("number", 0)
            if number < 1 or number in found:
                number = self._last_number + 1
            found[number] = ControlPoint(**{**values, "number": number})
            self._last_number = max(self._last_number, number)
        self._points = tuple(found.values())
        self.replaced.emit()
        self._forget_fit()

    def select(self, number: int) -> None:
        """Highlight a point, 0 for none."""
        if number != self.selected:
            self.selected = number
            self.fitted.emit()

    def set_fit(self, fit: FitResult | None) -> None:
        """Take the result of a fit of the present points."""
        self.fit = fit
        self.fitted.emit()

    def _replace(self, number: int, **values: Any) -> None:
        self._set(
            tuple(
                replace(p, **values) if p.number == number else p for p in self._points
            )
        )

    def _set(self, points: tuple[ControlPoint, ...]) -> None:
        if points == self._points:
            return
        self._past = [*self._past[-_MOST_UNDO:], (self._points, self.crs)]
        self._points = points
        self._forget_fit()

    def _forget_fit(self) -> None:
        self.fit = None
        if self.get(self.selected) is None:
            self.selected = 0
        self.changed.emit()


def read_fit(points: tuple[ControlPoint, ...], answer: dict[str, Any]) -> FitResult:
    """Return the engine's answer about ``points``, which it was asked about."""
    residuals = {}
    for index, row in enumerate(answer["points"]):
        residuals[points[index].number] = Residual(
            row["residual_px"],
            row["residual_m"],
            row["left_px"],
            tuple(row["source_error_px"]),
        )
    odd = answer["odd"]
    return FitResult(
        answer["kind"],
        said(answer.get("message"), answer["why"]),
        answer["rmse_px"],
        answer["rmse_m"],
        residuals,
        float(answer["independent"]),
        answer["holdout_px"].get(answer["kind"]),
        answer["expected_px"],
        answer["gsd_m"],
        None if odd is None else (points[odd[0]].number, float(odd[1])),
    )
