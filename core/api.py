"""The one way in: every front end builds a ``Job`` or plain arguments and calls here.

This is the single module of ``core`` that knows ``models``, by deferred imports,
so that everything but the networks works without torch.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .align import align, plan_search
from .assess import assess as assess_matches
from .compare import compare_rasters
from .errors import BadInput, Refused
from .feedback import SILENT, Feedback, Part, Steps, check
from .gradient import GradientMatcher
from .info import describe
from .job import Job
from .matching import Matcher
from .outputs import output_grid
from .pipeline import register as run_pipeline
from .pipeline import registered
from .raster import open_pair
from .registration import Registration
from .registration import read as read_registration
from .simulate import simulate_pair
from .source import open_source
from .types import Matches, Resampling, Result
from .warp import warp_raster
from .writer import output_file

GRADIENT_CARD = (
    "Hand-made: multi-direction gradient channels, correlated in templates. Needs "
    "no torch and no training data; on any processor."
)


def load_matcher(job: Job) -> Matcher:
    """Return the matcher that a job asks for.

    ``auto`` takes the network where torch and its weights are there, else the
    gradient matcher. Raises ``BadInput`` for unknown names or weights and
    ``ModelUnavailable`` where a named network cannot run.
    """
    if job.model == "gradient":
        return GradientMatcher(job.threads)
    from ..models import registry

    name = registry.best() if job.model == "auto" else job.model
    if not name:
        return GradientMatcher(job.threads)
    return registry.load_matcher(name, job.device, job.weights, job.threads)


def models() -> list[dict[str, Any]]:
    """Return every model: name, state ("ready" or what is missing) and card."""
    from ..models import registry

    found = [{"name": "gradient", "state": "ready", "card": GRADIENT_CARD}]
    return found + [asdict(info) for info in registry.available()]


def register(job: Job, feedback: Feedback = SILENT) -> Result:
    """Register the job's images and write everything; see ``core.pipeline``."""
    return run_pipeline(job, load_matcher(job), feedback)


@dataclass(frozen=True, eq=False)
class Found:
    """Outcome of ``match``: the JSON report, and the transform when accepted."""

    report: dict[str, Any]
    registration: Registration | None
    mov_shape: tuple[int, int]


def match(
    job: Job, feedback: Feedback = SILENT, matcher: Matcher | None = None
) -> Found:
    """Find tie points and a transform, in pixels of the two files.

    The report's keys are a contract: status, reason, code, model, transform,
    mov_to_ref (3x3), matches (mov_xy, ref_xy, confidence, inlier), quality,
    seconds. A refused pair has no mov_to_ref and no matches.
    """
    begin = time.perf_counter()
    matcher = matcher or load_matcher(job)
    report: dict[str, Any] = {
        "status": "refused",
        "reason": "",
        "code": "",
        "model": matcher.name,
        "transform": "",
        "mov_to_ref": None,
        "matches": {"mov_xy": [], "ref_xy": [], "confidence": [], "inlier": []},
        "quality": {},
    }
    registration, shape = None, (0, 0)
    try:
        with open_pair(job, feedback) as pair:
            search = plan_search(job, pair)
            # What is asked for here is the transform, however small it is.
            found = align(pair, matcher, search, job.transform, feedback, force=True)
            registration = registered(pair, found, matcher.name)
            shape = (pair.mov.grid.height, pair.mov.grid.width)
            report |= {
                "status": "ok",
                "reason": found.fit.why,
                "transform": found.fit.kind,
                "mov_to_ref": registration.mov_to_ref_pixels().tolist(),
                "matches": {
                    "mov_xy": _native(pair, "mov", found.matches.mov_xy),
                    "ref_xy": _native(pair, "ref", found.matches.ref_xy),
                    "confidence": [
                        round(float(c), 4) for c in found.matches.confidence
                    ],
                    "inlier": found.fit.inlier.tolist(),
                },
                "quality": registration.to_dict()["quality"],
            }
    except Refused as refused:
        report |= {"reason": str(refused), "code": refused.code}
    report["seconds"] = round(time.perf_counter() - begin, 4)
    return Found(report, registration, shape)


def _native(pair: Any, which: Any, xy: np.ndarray) -> list[list[float]]:
    return np.round(pair.working_to_native(which, xy), 4).tolist()


def write_match(found: Found, path: Path, dense: bool = False) -> None:
    """Write a match report, and beside it the dense map of an accepted pair.

    ``NAME.npy``: float32 (h, w, 2), for every pixel of the moving image the
    (x, y) in the reference.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path.parent} cannot be made: {error.strerror}.") from error
    if dense and found.registration is not None:
        with output_file(path.with_suffix(".npy")) as part:
            np.save(part, found.registration.dense(found.mov_shape))
    with output_file(path) as part:
        part.write_text(json.dumps(found.report), encoding="utf-8")


def apply(
    transform: str,
    rasters: list[str],
    out: str = "",
    grid: str = "reference",
    resampling: Resampling = "cubic",
    nodata: float | None = None,
    threads: int = 0,
    feedback: Feedback = SILENT,
) -> list[str]:
    """Warp further rasters with a transform that was found before.

    Args:
        transform: a transform.json.
        rasters: files in the frame of the moving raster.
        out: folder for the results, "" for beside each file; they are named
            ``NAME_registered.tif``.
        grid: as in ``Job``.
        resampling: as in ``Job``.
        nodata: value to treat as nodata, None for what each file says.
        threads: worker threads, 0 for one per core.
        feedback: progress and cancel.

    Returns:
        The files written.
    """
    registration = read_registration(Path(transform))
    written = []
    for i, raster in enumerate(rasters):
        check(feedback)
        part = Part(feedback, 100.0 * i / len(rasters), 100.0 * (i + 1) / len(rasters))
        part.setProgressText(f"Warping {Path(raster).name}")
        folder = Path(out) if out else Path(raster).parent
        target_path = folder / f"{Path(raster).stem}_registered.tif"
        folder.mkdir(parents=True, exist_ok=True)
        _apply_one(
            registration, raster, target_path, grid, resampling, nodata, threads, part
        )
        written.append(str(target_path))
    return written


def _apply_one(
    registration: Registration,
    raster: str,
    out: Path,
    grid: str,
    resampling: Resampling,
    nodata: float | None,
    threads: int,
    feedback: Feedback,
) -> None:
    with open_source(raster, nodata) as source:
        if (registration.mov_grid.crs is None) != (source.grid.crs is None):
            raise BadInput(
                f"{Path(raster).name} does not share the frame of the transform: one "
                "of the two has no georeference."
            )
        target = output_grid(grid, registration, source.grid)
        backward = registration.target_to_source(target, source.grid)
        warp_raster(
            raster,
            target,
            lambda xy: source.frame_to_raw(backward(xy)),
            out,
            resampling=resampling,
            nodata=nodata,
            feedback=feedback,
            threads=threads,
        )


def compare(
    a: str,
    b: str,
    out: str,
    mode: Any = "checkerboard",
    cell_px: int = 64,
    feedback: Feedback = SILENT,
) -> None:
    """Write a picture that compares two rasters; see ``core.compare``."""
    with output_file(out, [a, b]) as part:
        compare_rasters(a, b, part, mode, cell_px, feedback=feedback)


def assess(
    job: Job, feedback: Feedback = SILENT, matcher: Matcher | None = None
) -> dict[str, Any]:
    """Say how well the job's two rasters are aligned right now."""
    matcher = matcher or load_matcher(job)
    steps = Steps(feedback, (10, 90))
    reason, found, gsd_m, north_up = "", None, float("nan"), True
    try:
        with open_pair(job, steps.next("Opening the images")) as pair:
            gsd_m, north_up = pair.gsd_m, pair.georeferenced
            part = steps.next("Matching")
            search = plan_search(job, pair)
            found = align(pair, matcher, search, "auto", part, force=True)
    except Refused as refused:
        reason = str(refused)
    matches = found.matches if found else Matches.empty()
    inlier = found.fit.inlier if found else np.zeros(0, bool)
    return assess_matches(matches, inlier, gsd_m, north_up, reason)


def simulate(out: str, feedback: Feedback = SILENT, **options: Any) -> list[str]:
    """Write a simulated pair with its truth; see ``core.simulate``."""
    return list(simulate_pair(out, feedback=feedback, **options).values())


def info(path: str) -> dict[str, Any]:
    """Describe a raster; see ``core.info``."""
    return describe(path)


def environment() -> dict[str, Any]:
    """Return versions of Python and of the packages that matter, for diagnostics."""
    names = (
        "numpy",
        "scipy",
        "rasterio",
        "opencv-python-headless",
        "pyproj",
        "pyogrio",
        "torch",
    )
    found: dict[str, Any] = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found
