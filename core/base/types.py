"""Values that cross module borders; standard library and numpy only.

One pixel convention holds everywhere in this package: ``xy`` is (column, row)
in float64, the corner of the raster is (0, 0) and the centre of the first
pixel is (0.5, 0.5), so that ``raster.transform * (x, y)`` is the map position.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, Sequence

import numpy as np

#: Metadata domain of a raster whose control points count as GDAL and QGIS draw them.
DRAWN_DOMAIN = "SOMA_DRAWN"
#: Metadata item of every raster that this program writes as a result: its version.
RESULT_TAG = "SOMA_RESULT"
#: In an output folder, lists the files in it that this program wrote.
OUTPUTS_LIST = ".soma-outputs.json"

Modality = Literal["sar", "optical"]
TransformKind = Literal[
    "auto", "shift", "similarity", "affine", "poly2", "poly3", "tps", "flow"
]
Resampling = Literal["nearest", "bilinear", "cubic", "lanczos", "average"]


@dataclass(frozen=True)
class Matches:
    """Tie points between a moving and a reference image.

    Args:
        mov_xy: (n, 2) float64, pixels of the moving image or tile.
        ref_xy: (n, 2) float64, pixels of the reference image or tile.
        confidence: (n,) float32 in [0, 1]; the share of matches with this
            value that lie within 3 px of the truth.
    """

    mov_xy: np.ndarray
    ref_xy: np.ndarray
    confidence: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.confidence)
        if self.mov_xy.shape != (count, 2) or self.ref_xy.shape != (count, 2):
            raise ValueError(
                f"matches need (n, 2), (n, 2) and (n,), got {self.mov_xy.shape}, "
                f"{self.ref_xy.shape} and {self.confidence.shape}"
            )

    def __len__(self) -> int:
        return len(self.confidence)

    def take(self, index: np.ndarray) -> Matches:
        """Return the matches selected by a boolean mask or an index array."""
        return Matches(self.mov_xy[index], self.ref_xy[index], self.confidence[index])

    @staticmethod
    def empty() -> Matches:
        """Return no matches."""
        none = np.zeros((0, 2))
        return Matches(none, none.copy(), np.zeros(0, np.float32))

    @staticmethod
    def concat(parts: Sequence[Matches]) -> Matches:
        """Join several sets of matches in order."""
        if not parts:
            return Matches.empty()
        return Matches(
            np.concatenate([p.mov_xy for p in parts]),
            np.concatenate([p.ref_xy for p in parts]),
            np.concatenate([p.confidence for p in parts]),
        )


@dataclass(frozen=True)
class Tile:
    """One image window as matchers see it.

    Args:
        pixels: (h, w) float32 in [0, 1]: log intensity (SAR) or grey value
            (optical), stretched by percentiles of valid pixels; 0 where invalid.
        valid: (h, w) bool.
        to_working: (3, 3) float64, tile pixels to pixels of the working grid.
        modality: what kind of sensor the pixels come from.
        ground: (h, w) float32 in [0, 1], what a pixel counts that shows bare ground
            rather than what leans over it, or None where nothing is known.
    """

    pixels: np.ndarray
    valid: np.ndarray
    to_working: np.ndarray
    modality: Modality
    ground: np.ndarray | None = None

    @property
    def is_mirrored(self) -> bool:
        """Return whether the window is looked at the wrong way round."""
        return bool(np.linalg.det(self.to_working[:2, :2]) < 0)


@dataclass(frozen=True)
class TilePair:
    """A reference and a moving window; their shapes may differ.

    Args:
        ref: the window of the reference.
        mov: that of the moving image.
        placed: (3, 3) float64, moving tile to reference tile, where another matcher
            has placed the tile beyond doubt, or None.
        start: (3, 3) float64, where the search of oriented gradients begins to look
            closely, of who has made it already, or None.
        holed: whether both have invalid pixels of one shape: those of one mask, or of
            what is drawn over both.
    """

    ref: Tile
    mov: Tile
    placed: np.ndarray | None = None
    start: np.ndarray | None = None
    holed: bool = False


@dataclass(frozen=True)
class Search:
    """How far the moving tile may be from its place, around the identity.

    Args:
        shift_px: largest translation of the tile's centre along each axis, in
            tile pixels.
        rotation_deg: largest rotation, 180 for any.
        scale: largest scale factor or its inverse, at least 1.
    """

    shift_px: float
    rotation_deg: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class TileMatch:
    """What a matcher found in one pair of tiles, in tile pixels.

    Args:
        matches: tie points, moving tile to reference tile.
        mov_to_ref: (3, 3) float64, the matcher's own affine, or None.
        distinctness: how much better the best placement is than the second
            best distinct one, 0 (tie) to 1, on a scale on which unrelated images
            stay below 0.46; NaN where it was not examined.
        flow: (h, w, 2) float32, for every pixel of the moving tile the (x, y)
            in the reference tile, or None.
        certainty: (h, w) float32 in [0, 1] beside ``flow``, or None.
        reason: why there are no matches (a key of ``errors.REASONS``), or "".
        model: name of the matcher whose answer this is, "" for the one that was asked.
        start: (3, 3) float64, the ``start`` of a pair for another matcher, or None.
    """

    matches: Matches
    mov_to_ref: np.ndarray | None = None
    distinctness: float = float("nan")
    flow: np.ndarray | None = None
    certainty: np.ndarray | None = None
    reason: str = ""
    model: str = ""
    start: np.ndarray | None = None


@dataclass(frozen=True)
class Result:
    """Outcome of one registration: plain values only, JSON both ways.

    Args:
        status: "ok" or "refused".
        reason: one sentence; for "ok" why this transform was chosen.
        code: refusal code of ``errors.REASONS``, "" when accepted.
        model: name of the matcher that did the work, several joined by "+".
        transform: kind of the chosen transform, "" when refused.
        quality: figures with units in their keys.
        files: what was written, by role ("registered", "report", ...).
        seconds: wall time by stage, and "total".
        message: the reason as code and values; see ``words.message``.
        notes: what was left out or taken for granted in the files, as ``message``.
        tiles_by_model: how many tiles each matcher answered about, on all levels.
    """

    status: Literal["ok", "refused"]
    reason: str
    code: str
    model: str
    transform: str
    quality: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    tiles_by_model: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dictionary."""
        return dict(self.__dict__)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Result:
        """Rebuild a result; raises TypeError on unknown keys."""
        return Result(**values)


def holds(dtype: str, value: float) -> bool:
    """Return whether pixels of a type can have a value."""
    if dtype.startswith(("float", "complex")):
        return True
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def finite(value: Any) -> Any:
    """Return a copy for JSON in which numbers that are not finite are None."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
