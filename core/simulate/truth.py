"""The known misalignment between a simulated pair, exact and JSON both ways."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyproj import Transformer
from rasterio.crs import CRS

from ..base.errors import BadInput
from ..base.grid import Grid, apply_affine, matrix
from .noise import stream

_WAVES = 4


@dataclass(frozen=True)
class Misalign:
    """How wrong the georeference of the moving image is, in reference pixels.

    What the moving image's georeference places at ``n`` really lies at
    ``centre + scale * R(rotation) (n - centre) + shift + warp(n)``: the image has
    to move right by ``shift_px[0]`` and down by ``shift_px[1]``.

    Args:
        shift_px: (right, down).
        rotation_deg: clockwise as seen on the screen (rows run down).
        scale: factor, above 0.
        warp_px: largest displacement of the smooth warp, at least 0.
    """

    shift_px: tuple[float, float] = (0.0, 0.0)
    rotation_deg: float = 0.0
    scale: float = 1.0
    warp_px: float = 0.0

    def __post_init__(self) -> None:
        numbers = (*self.shift_px, self.rotation_deg, self.scale, self.warp_px)
        if not all(math.isfinite(v) for v in numbers):
            raise BadInput.of("misalign_finite", value=self)
        if not 0.1 <= self.scale <= 10.0:
            raise BadInput.of("misalign_scale", value=self.scale)
        if self.warp_px < 0:
            raise BadInput.of("misalign_warp", value=self.warp_px)

    @staticmethod
    def parse(text: str) -> Misalign:
        """Read ``"shift=12,-8;rotation=1.2;scale=1.01;warp=3"``; BadInput if wrong."""
        names = {"rotation": "rotation_deg", "scale": "scale", "warp": "warp_px"}
        values: dict[str, Any] = {}
        for part in filter(None, (p.strip() for p in text.split(";"))):
            name, _, number = (p.strip() for p in part.partition("="))
            try:
                if name == "shift":
                    right, down = number.split(",")
                    values["shift_px"] = (float(right), float(down))
                else:
                    values[names[name]] = float(number)
            except (KeyError, ValueError) as error:
                raise BadInput.of("misalign_part", part=part) from error
        return Misalign(**values)


@dataclass(frozen=True)
class Truth:
    """Exact relation of a moving (SAR) grid to a reference (optical) grid.

    Args:
        ref: grid of the reference image.
        mov: grid of the moving image as its file states it, i.e. wrong.
        linear: (2, 3) rows of the affine part, stated to true reference pixels.
        waves: (k, 6) rows of (fx, fy, phase_x, phase_y, ax, ay): plane waves
            that add ``ax sin(t + phase_x)``, ``ay sin(t + phase_y)`` to the affine
            part, with t = 2 pi (fx x + fy y) in cycles per reference pixel.
        reflectors_xy: (m, 2) reference pixels of the corner reflectors.
        misalign: what was asked for.
    """

    ref: Grid
    mov: Grid
    linear: np.ndarray
    waves: np.ndarray
    reflectors_xy: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    misalign: Misalign = field(default_factory=Misalign)

    def mov_to_ref(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) pixels of the moving image to reference pixels, exactly."""
        stated = apply_affine(matrix(self.mov.transform), np.asarray(xy, np.float64))
        stated = _reproject(stated, self.mov.crs, self.ref.crs)
        return self._displace(apply_affine(matrix(~self.ref.transform), stated))

    def ref_to_mov(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) reference pixels to pixels of the moving image (to 1e-9 px)."""
        xy = np.asarray(xy, np.float64)
        inverse = np.linalg.inv(np.vstack([self.linear, [0, 0, 1]]))
        stated = apply_affine(inverse, xy)
        for _ in range(60):
            error = xy - self._displace(stated)
            stated = stated + error @ inverse[:2, :2].T
            if not error.size or np.abs(error).max() < 1e-9:
                break
        stated = apply_affine(matrix(self.ref.transform), stated)
        stated = _reproject(stated, self.ref.crs, self.mov.crs)
        return apply_affine(matrix(~self.mov.transform), stated)

    def mov_to_map(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) pixels of the moving image to the reference's map coordinates."""
        return apply_affine(matrix(self.ref.transform), self.mov_to_ref(xy))

    def dense(self, top: int = 0, rows: int | None = None) -> np.ndarray:
        """Return ``mov_to_ref`` of the pixel centres of some rows, (rows, w, 2)."""
        rows = self.mov.height - top if rows is None else rows
        x, y = np.meshgrid(
            np.arange(self.mov.width) + 0.5, np.arange(top, top + rows) + 0.5
        )
        flat = self.mov_to_ref(np.column_stack([x.ravel(), y.ravel()]))
        return flat.reshape(rows, self.mov.width, 2)

    def _displace(self, xy: np.ndarray) -> np.ndarray:
        out = xy @ self.linear[:, :2].T + self.linear[:, 2]
        for fx, fy, phase_x, phase_y, ax, ay in self.waves:
            turn = 2.0 * np.pi * (fx * xy[:, 0] + fy * xy[:, 1])
            out[:, 0] += ax * np.sin(turn + phase_x)
            out[:, 1] += ay * np.sin(turn + phase_y)
        return out

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary, with some tie points for other programs."""
        x, y = np.meshgrid(np.linspace(0.1, 0.9, 5), np.linspace(0.1, 0.9, 5))
        mov_xy = np.column_stack([x.ravel(), y.ravel()])
        mov_xy *= [self.mov.width, self.mov.height]
        return {
            "ref": self.ref.to_dict(),
            "mov": self.mov.to_dict(),
            "linear": self.linear.tolist(),
            "waves": self.waves.tolist(),
            "reflectors_xy": self.reflectors_xy.tolist(),
            "misalign": dict(self.misalign.__dict__),
            "tie_points": {
                "mov_xy": mov_xy.tolist(),
                "ref_xy": self.mov_to_ref(mov_xy).tolist(),
            },
        }

    def to_json(self) -> str:
        """Return the truth as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    @staticmethod
    def from_json(text: str) -> Truth:
        """Rebuild the truth; raises BadInput on JSON that is not one."""
        try:
            values = json.loads(text)
            misalign = dict(values["misalign"])
            misalign["shift_px"] = tuple(misalign["shift_px"])
            return Truth(
                Grid.from_dict(values["ref"]),
                Grid.from_dict(values["mov"]),
                np.array(values["linear"], np.float64).reshape(2, 3),
                np.array(values["waves"], np.float64).reshape(-1, 6),
                np.array(values["reflectors_xy"], np.float64).reshape(-1, 2),
                Misalign(**misalign),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput.of("truth_unreadable", why=error) from error


def make_truth(ref: Grid, mov: Grid, misalign: Misalign, seed: int) -> Truth:
    """Return the truth of a misalignment; the seed shapes the smooth warp."""
    angle = math.radians(misalign.rotation_deg)
    turn = misalign.scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    centre = np.array([ref.width, ref.height]) / 2.0
    offset = centre - turn @ centre + misalign.shift_px
    waves = _warp(ref, misalign.warp_px, seed)
    return Truth(ref, mov, np.column_stack([turn, offset]), waves, misalign=misalign)


def _warp(ref: Grid, warp_px: float, seed: int) -> np.ndarray:
    if warp_px == 0:
        return np.zeros((0, 6))
    rng = stream(seed, "warp")
    side = max(ref.width, ref.height)
    direction = rng.uniform(0, np.pi, _WAVES)
    frequency = rng.uniform(0.4, 1.5, _WAVES) / side
    waves = np.column_stack(
        [
            frequency * np.cos(direction),
            frequency * np.sin(direction),
            rng.uniform(0, 2 * np.pi, (_WAVES, 2)),
            rng.normal(0, 1, (_WAVES, 2)),
        ]
    )
    unit = Truth(ref, ref, np.zeros((2, 3)), waves)
    x, y = np.meshgrid(*(np.linspace(0, n, 65) for n in (ref.width, ref.height)))
    move = unit._displace(np.column_stack([x.ravel(), y.ravel()]))
    waves[:, 4:] *= warp_px / np.hypot(move[:, 0], move[:, 1]).max()
    return waves


def _reproject(xy: np.ndarray, source: CRS | None, target: CRS | None) -> np.ndarray:
    if source is None or target is None or source == target:
        return xy
    change = Transformer.from_crs(source.to_wkt(), target.to_wkt(), always_xy=True)
    return np.column_stack(change.transform(xy[:, 0], xy[:, 1]))
