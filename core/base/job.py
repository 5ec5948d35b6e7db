"""One frozen description of a registration, validated, JSON both ways."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from .errors import BadInput
from .types import Modality, Resampling, TransformKind

SearchMode = Literal["auto", "near", "any"]
LengthUnit = Literal["m", "px"]
#: How many tiles of a large overlap are matched: few, as many as needed, all.
Effort = Literal["quick", "normal", "thorough"]

_CHOICES = {
    "moving": Modality,
    "optical_is": Modality,
    "transform": TransformKind,
    "search": SearchMode,
    "max_shift_unit": LengthUnit,
    "resampling": Resampling,
    "effort": Effort,
}
#: No machine has more cores; a number beyond is a slip, and would take all memory.
MOST_THREADS = 1024
#: Sides that pixels of a result may have, in any unit: 1 nm to beyond the Earth.
_PIXEL_SIZES = (1e-9, 1e9)
_PLAIN_NUMBER = re.compile(r"[0-9.]+(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
_PATHS = ("sar", "optical", "out", "sar_mask", "optical_mask", "weights")


@dataclass(frozen=True)
class Job:
    """What to register and how; paths, numbers and strings only.

    Args:
        sar: path of the SAR raster.
        optical: path of the optical raster.
        out: output folder; made when missing.
        moving: which of the two is warped onto the other.
        optical_is: what the optical raster shows: "sar" where it is a SAR image too,
            as between two dates of a stack.
        sar_bands: 1-based bands used for matching, empty for automatic.
        optical_bands: the same for the optical raster.
        aoi: (left, bottom, right, top) to which matching is limited.
        aoi_crs: CRS of ``aoi``; "" for that of the reference.
        model: name of a matcher, or "auto".
        weights: path of a weights file, "" for the model's own.
        transform: kind of transform, or "auto" to choose by held-out error.
        search: "near" trusts the georeference, "any" does not, "auto" decides
            by whether both files have one.
        max_shift: largest shift to expect, 0 for automatic.
        max_shift_unit: unit of ``max_shift``; px are those of the working grid.
        max_rotation_deg: largest rotation to expect, -1 for automatic.
        max_scale: largest scale factor to expect, 0 for automatic, else >= 1.
        working_gsd: size in metres of the pixels that are matched, 0 for the one at
            which matches err least.
        effort: how many tiles of a large overlap are matched: "normal" as many as its
            deformation asks for, "quick" with less care, "thorough" all.
        grid: output grid: "reference", "own", or a pixel size in the units of
            the reference's CRS, written as a number.
        resampling: how pixels of the moving raster are interpolated.
        sar_nodata: value to treat as nodata, None for what the file says.
        optical_nodata: the same for the optical raster.
        sar_mask: raster (nonzero = bad) or vector file of areas not to match.
        optical_mask: the same for the optical raster.
        device: "auto", "cpu", "cuda", "cuda:0", "mps".
        threads: worker threads, 0 for the number of cores.
        force: accept a registration that improves nothing.
        language: of the report, as systems name it ("en", "zh_CN").
    """

    sar: str
    optical: str
    out: str = "out"
    moving: Modality = "sar"
    optical_is: Modality = "optical"
    sar_bands: tuple[int, ...] = ()
    optical_bands: tuple[int, ...] = ()
    aoi: tuple[float, float, float, float] | None = None
    aoi_crs: str = ""
    model: str = "auto"
    weights: str = ""
    transform: TransformKind = "auto"
    search: SearchMode = "auto"
    max_shift: float = 0.0
    max_shift_unit: LengthUnit = "px"
    max_rotation_deg: float = -1.0
    max_scale: float = 0.0
    working_gsd: float = 0.0
    effort: Effort = "normal"
    grid: str = "reference"
    resampling: Resampling = "cubic"
    sar_nodata: float | None = None
    optical_nodata: float | None = None
    sar_mask: str = ""
    optical_mask: str = ""
    device: str = "auto"
    threads: int = 0
    force: bool = False
    language: str = "en"

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            _check_choice(name, getattr(self, name), get_args(kind))
        for name in ("sar_bands", "optical_bands"):
            bands = tuple(getattr(self, name))
            object.__setattr__(self, name, bands)
            if any(band < 1 for band in bands):
                raise BadInput.of("band_number", name=name, value=bands)
        if self.aoi is not None:
            object.__setattr__(self, "aoi", _checked_aoi(self.aoi))
        _check_search(self.max_shift, self.max_rotation_deg, self.max_scale)
        _check_working_gsd(self.working_gsd)
        if self.grid not in ("reference", "own"):
            _check_pixel_size(self.grid)
        if self.threads < 0:
            raise BadInput.of("negative_threads", value=self.threads)
        if self.threads > MOST_THREADS:
            raise BadInput.of("many_threads", value=self.threads, most=MOST_THREADS)
        if not _DEVICE.fullmatch(self.device):
            raise BadInput.of("device_value", value=self.device)
        for name in _PATHS:
            _check_path(name, getattr(self, name))

    @property
    def mov(self) -> str:
        """Path of the raster that is warped."""
        return self.sar if self.moving == "sar" else self.optical

    @property
    def ref(self) -> str:
        """Path of the raster that stays."""
        return self.optical if self.moving == "sar" else self.sar

    @property
    def inputs(self) -> list[str]:
        """Every file that is read."""
        files = (self.sar, self.optical, self.sar_mask, self.optical_mask, self.weights)
        return [path for path in files if path]

    def to_json(self) -> str:
        """Return the job as JSON."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Job:
        """Rebuild a job; raises BadInput on malformed JSON, keys and values."""
        try:
            values: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError as error:
            raise BadInput.of("job_not_json", why=error) from error
        if not isinstance(values, dict):
            raise BadInput.of("job_no_object")
        known = {f.name for f in fields(Job)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise BadInput.of("job_unknown_keys", keys=list(unknown))
        missing = sorted({"sar", "optical"} - set(values))
        if missing:
            raise BadInput.of("job_lacks", keys=list(missing))
        try:
            return Job(**values)
        except (TypeError, ValueError) as error:
            raise BadInput.of("job_value", why=error) from error


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise BadInput.of("one_of", name=name, choices=list(choices), value=value)


def _check_path(name: str, path: str) -> None:
    if "\0" in path:
        raise BadInput.of("no_file_name", name=name, value=path)


def _check_search(shift: float, rotation_deg: float, scale: float) -> None:
    for name, value in (("max_shift", shift), ("max_rotation_deg", rotation_deg)):
        if not math.isfinite(value):
            raise BadInput.of("finite_number", name=name, value=value)
    if shift < 0:
        raise BadInput.of("negative_shift", value=shift)
    if not 0 <= rotation_deg <= 180 and rotation_deg != -1:
        raise BadInput.of("rotation_range", value=rotation_deg)
    if scale and not 1.0 <= scale <= 8.0:
        raise BadInput.of("scale_range", value=scale)


def _check_working_gsd(metres: float) -> None:
    if not (math.isfinite(metres) and metres >= 0):
        raise BadInput.of("working_gsd_value", value=metres)


def _checked_aoi(aoi: Any) -> tuple[float, float, float, float]:
    if len(aoi) != 4:
        raise BadInput.of("aoi_numbers", value=len(aoi))
    left, bottom, right, top = (float(v) for v in aoi)
    if not all(math.isfinite(v) for v in (left, bottom, right, top)):
        raise BadInput.of("aoi_no_area", left=left, bottom=bottom, right=right, top=top)
    if not (left < right and bottom < top):
        raise BadInput.of("aoi_empty", left=left, bottom=bottom, right=right, top=top)
    return left, bottom, right, top


def _check_pixel_size(text: str) -> None:
    try:
        size = float(text) if _PLAIN_NUMBER.fullmatch(text) else 0.0
    except ValueError:
        size = 0.0
    if not _PIXEL_SIZES[0] <= size <= _PIXEL_SIZES[1]:
        raise BadInput.of("grid_value", value=text[:40])
