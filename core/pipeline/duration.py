"""How long a registration takes on two cores, from what is known before it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..base.job import Job
from ..base.types import Search
from ..matching.tally import BESIDE
from ..raster.pair import RasterPair
from ..raster.tiling import plan_tiles
from .levels import GUIDE_TILES, MOST_RATIO, ONE_PIECE
from .pace import pace
from .tiles_by_need import need_of

#: Side of the tiles that every matcher here likes best, in pixels.
TILE_PX = 512


@dataclass(frozen=True)
class DurationParams:
    """Seconds of processor time of the parts of a run, over the cores they keep busy.

    Of a machine whose ``pace`` is 1. Measured on real scenes of 224 to 4096 px a side,
    and one enlarged to 24,576 px.

    Args:
        opening: to open both images.
        tile: to match a tile of 512 px, by model; smaller ones in proportion.
        network: to load a network.
        fit: of the fit, per tile.
        files: to write what does not depend on the size.
        megapixel: to warp and show a million pixels, all bands.
        turns: how many times longer a tile takes over all rotations and scales.
        bending: share of the tiles beyond the first rounds that is matched: none where
            nothing bends or a coarser level shows as much, all where all of it does.
        leans_below_m: pixels smaller than this show what leans, which the gradients
            alone leave unsure, and so are tiles of less than ``small_px``.
        small_px: see there.
        cores: how many are kept busy.
        tiles_cores: the same while tiles are matched side by side.
    """

    opening: float = 0.05
    tile: dict[str, float] = field(
        default_factory=lambda: {"gradient": 0.19, "soma": 1.0}
    )
    network: float = 1.3
    fit: float = 0.07
    files: float = 0.2
    megapixel: float = 0.36
    turns: float = 2.0
    bending: float = 0.3
    leans_below_m: float = 5.0
    small_px: int = 200
    cores: float = 1.15
    tiles_cores: float = 1.7


DURATION = DurationParams()


@dataclass(frozen=True)
class Cost:
    """What a registration is expected to take.

    Args:
        cpu_seconds: processor time of all threads.
        seconds: wall time on two cores as fast as this machine's.
    """

    cpu_seconds: float
    seconds: float


def cost_of(
    job: Job,
    pair: RasterPair,
    search: Search,
    model: str,
    params: DurationParams = DURATION,
) -> Cost:
    """Return what a registration is expected to take on this machine.

    Args:
        job: what would be run.
        pair: both rasters on their working grid.
        search: over what range.
        model: name of the matcher, of a cascade all of them.
        params: costs.
    """
    grid = pair.grid
    first, _, second = model.partition(BESIDE)
    network = second or (first if first != "gradient" else "")
    per_tile = params.tile.get(first, params.tile["soma"])
    if max(grid.width, grid.height) <= ONE_PIECE * TILE_PX:
        n_tiles, looks = 1, grid.width * grid.height / TILE_PX**2
        if second and not _is_sure(pair, params):
            per_tile += params.tile.get(second, params.tile["soma"])
        elif second:
            network = ""
    else:
        n_tiles = matched_tiles(job, grid.width, grid.height, params)
        margin = search.shift_px if pair.georeferenced else 0.0
        step = (max(grid.width, grid.height) + 2 * margin) / TILE_PX
        levels = math.ceil(math.log(step) / math.log(MOST_RATIO))
        # What windows of the finest level gave is not matched again.
        looks = n_tiles + GUIDE_TILES * (levels - 1) + 1
        # Of many tiles each adds to what the others say: few are looked at twice.
        network = "" if second else network
    wide = search.rotation_deg > 10 or search.scale > 1.1
    first_look = (params.turns - 1) * per_tile if wide else 0.0
    megapixels = pair.mov.width * pair.mov.height * pair.mov.count / 1e6
    tiles = looks * per_tile
    others = (
        params.opening,
        params.network if network else 0.0,
        first_look,
        n_tiles * params.fit,
        params.files + megapixels * params.megapixel,
    )
    together = params.tiles_cores if n_tiles > 1 else params.cores
    seconds = tiles / together + sum(others) / params.cores
    slower = pace()
    return Cost(slower * (tiles + sum(others)), slower * seconds)


def matched_tiles(
    job: Job, width: int, height: int, params: DurationParams = DURATION
) -> int:
    """Return how many tiles of a large overlap are expected to be matched."""
    whole = len(plan_tiles(width, height, TILE_PX))
    need = need_of(job)
    if need is None:
        return whole
    rounds = min(whole, 2 * need.first)
    return min(round(rounds + params.bending * (whole - rounds)), need.most)


def _is_sure(pair: RasterPair, params: DurationParams) -> bool:
    """Return whether gradients alone are likely to place a small overlap."""
    side = max(pair.grid.width, pair.grid.height)
    return pair.gsd_m >= params.leans_below_m and side >= params.small_px
