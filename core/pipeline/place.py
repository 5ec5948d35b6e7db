"""Write everything for a transform that was found elsewhere, as in a stack of dates."""

from __future__ import annotations

import csv
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Collection, Mapping

import numpy as np

from ..base.feedback import SILENT, Feedback, Steps
from ..base.files import absolute, output_folder
from ..base.grid import apply_affine, between, matrix
from ..base.job import Job
from ..base.types import Matches, Result, Search, finite
from ..estimation.acceptance import Alignment
from ..estimation.estimate import Fit
from ..estimation.evidence import Evidence
from ..estimation.figures import ce90_px, displacement_stats, rmse_px
from ..estimation.robust_fit import residual_of
from ..estimation.selection_reason import asked_for
from ..products.output_warp import check_output
from ..products.write_all import FILES, write_outputs
from ..raster.fingerprint import fingerprint
from ..raster.pair import RasterPair, open_pair
from ..transform.domain import hull_of
from ..transform.fitters import fitter_of
from ..transform.kinds import Transform, invert
from ..transform.linear import Affine2D, fit_affine
from ..transform.transform_file import Registration
from .movement import movement

#: Files that show tie points, which an image without any of its own has not.
_OF_MATCHES = ("matches", "matches_csv", "points", "quality")
#: Nodes a side of the lattice on which a transform is brought to other pixels.
_NODES = 9


@dataclass(frozen=True)
class Placed:
    """A transform that comes from elsewhere, and what is known of it.

    Args:
        registration: the transform; its frame may be any grid on the ground.
        model: name of the matcher behind it.
        message: why this transform, as code and values.
        reason: the same as a sentence in English.
        expected_error_m: what it may be off by in nine of ten cases, metres.
        quality: figures that do not follow from the transform.
        notes: what is to be said beside it, as code and values.
        matches: CSV of the image's own tie points, "" for none.
    """

    registration: Registration
    model: str
    message: Mapping[str, Any]
    reason: str
    expected_error_m: float
    quality: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Mapping[str, Any], ...] = ()
    matches: str = ""


def place(
    job: Job,
    placed: Placed,
    feedback: Feedback = SILENT,
    folder: str = "",
    only: Collection[str] = (),
) -> Result:
    """Write what ``register`` writes for a transform that is given.

    An image without tie points of its own gets no files of tie points. Arguments and
    errors are those of ``register``; ``Refused`` where the images share no ground.
    """
    begin = time.perf_counter()
    steps = Steps(feedback, (5, 95))
    with ExitStack() as stack:
        where = folder or job.out
        scratch = stack.enter_context(output_folder(where, FILES.values(), job.inputs))
        pair = stack.enter_context(open_pair(job, steps.next("Opening the images")))
        check_output(job, pair)
        transform = _in_pixels_of(pair, placed.registration)
        alignment = _alignment(pair, transform, placed.matches)
        figures = _figures(pair, alignment, placed)
        registration = Registration(
            working=pair.frames[0],
            mov_to_ref=transform,
            mov_grid=pair.mov.grid,
            ref_grid=pair.ref.grid,
            model=placed.model,
            why=placed.reason,
            quality=figures,
            mov_file=absolute(pair.mov.path),
            ref_file=absolute(pair.ref.path),
            mov_fingerprint=fingerprint(pair.mov),
        )
        notes = [*(note.to_dict() for note in pair.notes), *map(dict, placed.notes)]
        result = Result(
            "ok",
            placed.reason,
            "",
            placed.model,
            transform.kind,
            quality=figures,
            seconds={"total": round(time.perf_counter() - begin, 3)},
            message=dict(placed.message),
            notes=notes,
        )
        part = steps.next("Writing the results")
        roles = set(only) or set(FILES)
        if not len(alignment.matches):
            roles = roles.difference(_OF_MATCHES) or {"transform"}
        return write_outputs(
            *(scratch, job, pair, alignment, registration, result, part, roles)
        )


def _in_pixels_of(pair: RasterPair, registration: Registration) -> Transform:
    """Return a transform in working pixels of a pair, of the same kind."""
    grid = pair.grid
    steps = np.linspace(0.0, 1.0, _NODES)
    lattice = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    nodes = lattice * (grid.width, grid.height)
    there = registration.source_to_target(grid, grid)(nodes)
    return fitter_of(registration.kind)(nodes, there, np.ones(len(nodes)))


def _alignment(pair: RasterPair, transform: Transform, path: str) -> Alignment:
    """Return a transform as if it had been found in the tie points of a file."""
    matches, inlier = _tie_points(pair, path)
    good = matches.take(inlier)
    affine = transform
    if not isinstance(transform, Affine2D):
        at = (
            good.mov_xy
            if len(good) > 2
            else np.array([[0.0, 0.0], [pair.grid.width, 0.0], [0.0, pair.grid.height]])
        )
        affine = fit_affine(at, transform(at))
    none = float("nan")
    fit = Fit(
        kind=transform.kind,
        mov_to_ref=transform,
        ref_to_mov=invert(transform),
        affine=affine,  # type: ignore[arg-type]
        inlier=inlier,
        weight=np.asarray(matches.confidence, np.float64),
        residual_px=residual_of(matches, transform),
        sigma_px=none,
        holdout_px={},
        held_px=np.full(len(matches), none),
        fold_fits=(),
        hull=hull_of(good.mov_xy),
        choice=asked_for(transform.kind, None),
    )
    evidence = Evidence(0, 0.0, *[none] * 9)
    return Alignment(matches, fit, evidence, Search(0.0), none, 0)


def _tie_points(pair: RasterPair, path: str) -> tuple[Matches, np.ndarray]:
    """Return tie points in working pixels, and which of them were inliers."""
    if not path:
        return Matches.empty(), np.zeros(0, bool)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = ("mov_x", "mov_y", "ref_x", "ref_y", "confidence", "inlier")
    values = np.array([[float(row[c]) for c in columns] for row in rows])
    values = values.reshape(-1, len(columns))
    own = pair.ref.grid
    back = np.linalg.inv(matrix(own.transform))
    mov, ref = (
        between(own, pair.grid, apply_affine(back, values[:, i : i + 2]))
        for i in (0, 2)
    )
    matches = Matches(mov, ref, values[:, 4].astype(np.float32))
    return matches, values[:, 5].astype(bool)


def _figures(pair: RasterPair, alignment: Alignment, placed: Placed) -> dict[str, Any]:
    """Return the figures of a registration; see ``estimation.figures.quality``."""
    gsd_m, fit = pair.gsd_m, alignment.fit
    good = alignment.matches.take(fit.inlier)
    expected_px = placed.expected_error_m / gsd_m
    values: dict[str, Any] = {
        **placed.quality,
        "gsd_m": gsd_m,
        "expected_error_px": expected_px,
        "expected_error_m": placed.expected_error_m,
        "holdout_px": {},
        "compared": [],
        "moved": movement(
            fit.affine,
            fit.mov_to_ref,
            pair.frames[0],
            (pair.grid.width, pair.grid.height),
            good.mov_xy,
            pair.georeferenced,
        )
        | {"mirrored": False},
    }
    if len(good):
        residual = fit.residual_px[fit.inlier]
        values |= {
            "rmse_px": rmse_px(residual),
            "rmse_m": rmse_px(residual) * gsd_m,
            "median_px": float(np.median(residual)),
            "ce90_px": ce90_px(residual),
            "before": displacement_stats(good.ref_xy - good.mov_xy, gsd_m),
            "after": displacement_stats(
                good.ref_xy - fit.mov_to_ref(good.mov_xy), gsd_m
            ),
        }
    return finite(values)  # type: ignore[no-any-return]
