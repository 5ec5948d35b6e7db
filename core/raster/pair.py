"""Two rasters on one working grid, read tile by tile."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Iterator, Literal, Sequence

import numpy as np
from affine import Affine

from ..base.errors import Refused
from ..base.feedback import SILENT, Feedback, check
from ..base.grid import Grid, scaling, translation
from ..base.job import Job
from ..base.types import Modality, TilePair
from ..base.words.message import Message
from .band_choice import Bands, choose_bands
from .exchanged import exchanged
from .masks import Mask, check_mask, open_mask
from .open import Source, open_source
from .pair_grids import Placing, coarsened, ground_gsd_m, own_frame, pair_grids
from .stretch import fit_stretch
from .view import Sample, View, between_frames, patch_samples, to_raw, valid_values

Which = Literal["ref", "mov"]


@dataclass(frozen=True)
class RasterPair:
    """A reference and a moving raster on one working grid; safe to share by threads.

    Args:
        grid: the working grid; without CRS and equal to the reference's own
            pixels when ``georeferenced`` is False.
        georeferenced: whether the placement of both rasters is used: on the ground, or
            without CRS in one system that both seem to count in.
        gsd_m: true ground size of a working pixel in metres, NaN if unknown.
        views: the reference and the moving raster.
        placing: how the images were taken to lie when they were opened.
        coarser: working pixels are as many times larger than what the files hold.
        notes: what was left out or taken for granted when the files were opened.
    """

    grid: Grid
    georeferenced: bool
    gsd_m: float
    views: tuple[View, View]
    placing: Placing = "own"
    coarser: float = 1.0
    notes: tuple[Message, ...] = ()

    @property
    def mirrored(self) -> bool:
        """Return whether working pixels of the moving raster count from the right."""
        return self.placing == "mirrored"

    @property
    def ref(self) -> Source:
        """Return the raster that stays."""
        return self.views[0].source

    @property
    def mov(self) -> Source:
        """Return the raster that moves."""
        return self.views[1].source

    @property
    def frames(self) -> tuple[Grid, Grid | None]:
        """Return where working pixels lie: on the working grid, or each on its own.

        The second is that of the moving raster, None where it is the first.
        """
        if self.georeferenced:
            return self.grid, None
        ref, mov = (own_frame(view.grid, view.source) for view in self.views)
        return ref, mov

    @property
    def ref_modality(self) -> Modality:
        """Return what the reference shows."""
        return self.views[0].modality

    @property
    def mov_modality(self) -> Modality:
        """Return what the moving raster shows."""
        return self.views[1].modality

    def working_to_native(self, which: Which, xy: np.ndarray) -> np.ndarray:
        """Move (n, 2) working pixels to pixels of ``source.grid``, exactly."""
        view = self._view(which)
        return between_frames(view.grid, view.source.grid, xy)

    def working_to_raw(self, which: Which, xy: np.ndarray) -> np.ndarray:
        """Move (n, 2) working pixels to pixels of the file, which GCPs may turn."""
        view = self._view(which)
        return to_raw(view.source, view.grid, xy)

    def overview(
        self, max_px: int, margin_px: float = 0.0, feedback: Feedback = SILENT
    ) -> TilePair:
        """Return both images whole, decimated alike.

        Georeferenced: one window, the working grid and ``margin_px`` working
        pixels around it. Bare: each tile covers its own image. Memory: two tiles
        and one read; the files' own overviews are used.

        Args:
            max_px: longest side of either tile.
            margin_px: how far to look beyond the overlap.
            feedback: asked before every read; raises ``Cancelled``.
        """
        margin = margin_px if self.georeferenced else 0.0
        sizes = [
            (v.grid.width + 2 * margin, v.grid.height + 2 * margin) for v in self.views
        ]
        step = max(1.0, max(max(size) for size in sizes) / max_px)
        to_working = translation(-margin, -margin) @ scaling(step, step)
        tiles = []
        for view, (width, height) in zip(self.views, sizes, strict=True):
            shape = max(1, round(width / step)), max(1, round(height / step))
            tiles.append(view.tile(to_working, *shape, True, feedback))
        return TilePair(*tiles)

    def tile(
        self,
        x0: float,
        y0: float,
        width: int,
        height: int,
        mov_to_ref: np.ndarray | None = None,
        step: float = 1.0,
        feedback: Feedback = SILENT,
    ) -> TilePair:
        """Return a window of the working grid with the moving image brought to it.

        Args:
            x0: left edge in working pixels.
            y0: top edge.
            width: columns of the tile.
            height: rows of the tile.
            mov_to_ref: (3, 3) working pixels of the moving image to those of the
                reference, None for identity; the moving tile is sampled through
                its inverse, so what remains to be found is near the identity.
            step: working pixels per tile pixel; above 1 the files' own overviews
                are used.
            feedback: asked before every read; raises ``Cancelled``.

        Memory: two tiles and their footprints in the files.
        """
        window = translation(x0, y0) @ scaling(step, step)
        back = np.eye(3) if mov_to_ref is None else np.linalg.inv(mov_to_ref)
        ref, mov = (
            view.tile(place, width, height, step > 1.0, feedback)
            for view, place in zip(self.views, (window, back @ window), strict=True)
        )
        return TilePair(ref, mov)

    def _view(self, which: Which) -> View:
        return self.views[0] if which == "ref" else self.views[1]


@contextmanager
def open_pair(
    job: Job,
    feedback: Feedback = SILENT,
    placing: Placing = "own",
    coarser: float = 1.0,
) -> Iterator[RasterPair]:
    """Open both rasters of a job on their working grid.

    Args:
        job: names the rasters and how to read them.
        feedback: cancel.
        placing: "own" takes what the files say of where they lie, the others do not.
        coarser: as many times larger than what the files hold shall working pixels be.

    Raises ``BadInput`` for files, bands, masks and areas that cannot be used and
    ``Refused`` (no_overlap) when the images have no valid ground in common.
    """
    with ExitStack() as stack:
        sources = [
            stack.enter_context(_open(job, modality)) for modality in _modalities(job)
        ]
        check(feedback)
        bands = [
            choose_bands(source, _shown(job, modality), _asked(job, modality))
            for source, modality in zip(sources, _modalities(job), strict=True)
        ]
        notes = _notes(job, sources, bands)
        for note in notes:
            feedback.setProgressText(str(note))
        georeferenced, *grids = pair_grids(job, sources[0], sources[1], placing)
        gsd = coarser * ground_gsd_m(grids[0], sources[0])
        if coarser > 1.0:
            notes += (_pixels_note(gsd, coarser),)
            feedback.setProgressText(str(notes[-1]))
            grids = [
                coarsened(grid if georeferenced else own_frame(grid, source), coarser)
                for grid, source in zip(grids, sources, strict=True)
            ]
        views, samples = [], []
        for source, chosen, grid, modality in zip(
            sources, bands, grids, _modalities(job), strict=True
        ):
            check(feedback)
            used = chosen.used
            samples.append(patch_samples(source, used, grid, feedback))
            values = valid_values(source, used, samples[-1])
            shown = _shown(job, modality)
            stretch = fit_stretch(values, shown, source.dtype)
            mask = _mask(job, source, grid, modality, stack)
            views.append(View(source, shown, used, grid, stretch, mask))
        if georeferenced:
            _check_common_ground(views, samples, feedback)
        yield RasterPair(
            grids[0],
            georeferenced,
            gsd,
            (views[0], views[1]),
            placing,
            coarser,
            notes,
        )


def _modalities(job: Job) -> tuple[Modality, Modality]:
    return ("optical", "sar") if job.moving == "sar" else ("sar", "optical")


def _shown(job: Job, modality: Modality) -> Modality:
    """Return what the raster shows that a job names as SAR or as optical."""
    return "sar" if modality == "sar" else job.optical_is


def _open(job: Job, modality: Modality) -> AbstractContextManager[Source]:
    if modality == "sar":
        return open_source(job.sar, job.sar_nodata)
    return open_source(job.optical, job.optical_nodata)


def _asked(job: Job, modality: Modality) -> tuple[int, ...]:
    return job.sar_bands if modality == "sar" else job.optical_bands


def _notes(
    job: Job, sources: Sequence[Source], bands: Sequence[Bands]
) -> tuple[Message, ...]:
    notes = [source.placement.warning for source in sources]
    if job.optical_is == "optical":
        given = dict(zip(_modalities(job), sources, strict=True))
        notes.append(exchanged(given["sar"], given["optical"]))
    notes += [
        chosen.note(source.name) for source, chosen in zip(sources, bands, strict=True)
    ]
    return tuple(note for note in notes if note is not None)


def _pixels_note(gsd: float, coarser: float) -> Message:
    """Return what is said of working pixels that are coarser than the files'."""
    if not math.isfinite(gsd):
        return Message("working_pixels", {"factor": coarser})
    return Message("working_pixels_m", {"gsd": gsd, "finest": gsd / coarser})


def _mask(
    job: Job, source: Source, grid: Grid, modality: Modality, stack: ExitStack
) -> Mask | None:
    path = job.sar_mask if modality == "sar" else job.optical_mask
    if not path:
        return None
    pixels = grid.transform == Affine.identity()
    frame = source.grid if pixels else grid
    mask = stack.enter_context(
        open_mask(path, frame, source, lambda xy: to_raw(source, grid, xy))
    )
    check_mask(path, mask, grid, source.name)
    return mask


def _check_common_ground(
    views: Sequence[View], samples: Sequence[Sequence[Sample]], feedback: Feedback
) -> None:
    """Raise ``Refused`` when no pixel of the working grid is valid in both images."""
    unmasked = all(view.mask is None for view in views)
    pairs = zip(*samples, strict=True)
    if unmasked and any((ref[1] & mov[1]).any() for ref, mov in pairs):
        return
    ref, mov = views
    grid = ref.grid
    step = max(1.0, max(grid.width, grid.height) / 512)
    shape = max(1, round(grid.width / step)), max(1, round(grid.height / step))
    both = [
        v.tile(scaling(step, step), *shape, True, feedback).valid for v in (ref, mov)
    ]
    if not (both[0] & both[1]).any():
        raise Refused.of(
            "no_overlap", "no_valid_pixels", name=mov.source.name, other=ref.source.name
        )
