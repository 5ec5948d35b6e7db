"""Pack co-registered pairs into files of at most 50 MB, to feed a training machine.

    python -m soma.training.pack OUT --pairs PAIRS.csv --realign
    python -m soma.training.pack OUT --folder DIR --layout sen12
    python -m soma.training.pack OUT --simulate 200

The images stay compressed as they are; nothing in a file is executed on reading.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import re
import signal
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Iterable, Sequence

import cv2
import numpy as np

from ..core.matching.gradient import GradientMatcher
from ..core.simulate import simulate_scene
from .augment import stretch
from .layouts import LAYOUTS, PairFile, read_pairs_csv
from .pairs import SIMULATOR
from .realign import measured_offset

LIMIT_BYTES = 48_000_000

#: Pixel sizes of simulated scenes, from and to.
GSD_M = 1.0, 15.0
#: Steps in which a pack tells how much of an echo is of the ground.
SHARE_STEPS = 15

#: SAR (x, y) is found at optical (x + dx, y + dy), measured per collection.
OFFSETS = {"ombria": (0.4, 0.2), "ombria_cross": (0.4, 0.2)}

#: Sources that show one place on several tiles or dates: the pattern's first
#: group names the place.
PLACES = {
    "volkov_LA_refined": re.compile(r"volkov_(\d+)_"),
    "ombria": re.compile(r"ombria_(\w+?_)(?:before|after)_(\d+)"),
    "ombria_cross": re.compile(r"ombria_(\w+?_)(?:before|after)_(\d+)"),
}
_TILE = re.compile(r"volkov_(\d+)_(\d+)_(\d+)")


@dataclass(frozen=True)
class Packed:
    """One pair ready to be written: encoded images and what is known of them.

    Both grounds are those of ``data.Pair``, of no bytes where they are not known.
    """

    sar: np.ndarray
    optical: np.ndarray
    offset: tuple[float, float]
    place: str
    source: str
    sar_ground: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    optical_ground: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))

    @property
    def images(self) -> tuple[np.ndarray, ...]:
        """All images, in the order of a file."""
        return self.sar, self.optical, self.sar_ground, self.optical_ground

    @property
    def bytes(self) -> int:
        """Size of all images."""
        return sum(map(len, self.images))


def place_of(pair: PairFile) -> str:
    """Name the place a pair shows; chips of one place share it."""
    pattern = PLACES.get(pair.source)
    found = pattern.search(pair.sar.name) if pattern else None
    if found is None:
        return f"{pair.source}/{pair.place or pair.sar.stem}"
    return f"{pair.source.split('_')[0]}/{''.join(found.groups())}"


def pack(pairs: Iterable[PairFile], out: Path, realign: bool = False) -> list[Path]:
    """Write the pairs into numbered .npz files under ``out``; returns the files.

    With ``realign``, each pair's own shift is measured first and pairs that
    cannot be placed are left out; see ``realign``.
    """
    items = _items(pairs)
    return write_shards(realigned(items) if realign else items, out)


def realigned(items: Iterable[Packed]) -> Iterable[Packed]:
    """Yield the pairs whose own shift can be measured, with that shift."""
    matcher = GradientMatcher()
    for item in items:
        sar, optical = (
            cv2.imdecode(image, cv2.IMREAD_GRAYSCALE)
            for image in (item.sar, item.optical)
        )
        offset = measured_offset(matcher, sar, optical, item.offset)
        if offset is not None:
            yield replace(item, offset=offset)


def simulated(
    count: int,
    size: int = 512,
    seed: int = 0,
    workers: int = 1,
    gsd_m: tuple[float, float] = GSD_M,
) -> Iterable[Packed]:
    """Yield scenes of the simulator, whose alignment is exact.

    Pixel sizes are drawn evenly in their logarithm, from ``gsd_m[0]`` to ``gsd_m[1]``.
    """
    make = functools.partial(_scene, size, seed, gsd_m)
    # A Ctrl-C reaches every process; only this one has to end, and ends the others.
    deaf = signal.signal, (signal.SIGINT, signal.SIG_IGN)
    with multiprocessing.get_context("spawn").Pool(workers, *deaf) as pool:
        yield from pool.imap(make, range(count))


def _scene(size: int, seed: int, gsd_m: tuple[float, float], index: int) -> Packed:
    rng = np.random.default_rng([seed, index])
    drawn_m = float(np.exp(rng.uniform(*np.log(gsd_m))))
    scene = simulate_scene(size, seed + 1000 + index, drawn_m)
    log = stretch(np.log10(np.maximum(scene.sar, 1e-6)))
    images = (255 * log).astype(np.uint8), scene.optical[..., ::-1]
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95]
    sar, optical = (cv2.imencode(".jpg", i, quality)[1].ravel() for i in images)
    share = np.round(SHARE_STEPS * scene.sar_ground) * (255 / SHARE_STEPS)
    grounds = (
        cv2.imencode(".png", bare.astype(np.uint8))[1].ravel()
        for bare in (share, 255 * scene.optical_ground)
    )
    place = f"made/{seed + index}"
    return Packed(sar, optical, (0.0, 0.0), place, SIMULATOR, *grounds)


def write_shards(items: Iterable[Packed], out: Path) -> list[Path]:
    """Write numbered .npz files of at most ``LIMIT_BYTES`` each, after those there."""
    out.mkdir(parents=True, exist_ok=True)
    shard: list[Packed] = []
    files: list[Path] = []
    size = 0
    first = len(list(out.glob("*.npz")))
    for item in items:
        if shard and size + item.bytes > LIMIT_BYTES:
            files.append(_write(shard, out / f"pairs-{first + len(files):03d}.npz"))
            shard, size = [], 0
        shard.append(item)
        size += item.bytes
    if shard:
        files.append(_write(shard, out / f"pairs-{first + len(files):03d}.npz"))
    return files


def _items(pairs: Iterable[PairFile]) -> Iterable[Packed]:
    tiles: dict[str, list[PairFile]] = {}
    for pair in pairs:
        found = _TILE.search(pair.sar.name) if "volkov" in pair.source else None
        if found:
            tiles.setdefault(found[1], []).append(pair)
            continue
        offset = OFFSETS.get(pair.source, (0.0, 0.0))
        yield Packed(
            np.fromfile(pair.sar, np.uint8),
            np.fromfile(pair.optical, np.uint8),
            offset,
            place_of(pair),
            pair.source,
        )
    for name in sorted(tiles):
        yield from _joined(tiles[name])


def _joined(tiles: Sequence[PairFile]) -> Iterable[Packed]:
    """Join the overlapping tiles of one scene: larger crops, larger motions.

    Where tiles are missing, only the full columns or rows are used.
    """
    spot = {}
    for pair in tiles:
        found = _TILE.search(pair.sar.name)
        spot[int(found[2]), int(found[3])] = pair
    for columns in _complete_columns(spot):
        images = []
        rows = sorted({y for x, y in spot if x in columns})
        for kind in ("sar", "optical"):
            flag = cv2.IMREAD_GRAYSCALE if kind == "sar" else cv2.IMREAD_COLOR
            left, top = min(columns), rows[0]
            wh = max(columns) - left + 256, rows[-1] - top + 256
            shape = (wh[1], wh[0]) if kind == "sar" else (wh[1], wh[0], 3)
            canvas = np.zeros(shape, np.uint8)
            for x in columns:
                for y in rows:
                    tile = cv2.imread(str(getattr(spot[x, y], kind)), flag)
                    canvas[y - top : y - top + 256, x - left : x - left + 256] = tile
            quality = [cv2.IMWRITE_JPEG_QUALITY, 97]
            images.append(cv2.imencode(".jpg", canvas, quality)[1].ravel())
        first = tiles[0]
        yield Packed(images[0], images[1], (0.0, 0.0), place_of(first), first.source)


def _complete_columns(spot: dict[tuple[int, int], PairFile]) -> list[list[int]]:
    """Group neighbouring columns that have all rows; a column with gaps is left out."""
    rows = {y for _, y in spot}
    groups: list[list[int]] = [[]]
    for x in sorted({x for x, _ in spot}):
        if all((x, y) in spot for y in rows):
            groups[-1].append(x)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def _write(shard: Sequence[Packed], path: Path) -> Path:
    images = [image for item in shard for image in item.images]
    np.savez(
        path,
        bytes=np.concatenate(images),
        bounds=np.cumsum([0] + [len(image) for image in images]),
        offset=np.array([item.offset for item in shard]),
        place=np.array([item.place for item in shard]),
        source=np.array([item.source for item in shard]),
    )
    return path


def main() -> None:
    """Pack from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pairs", type=Path, help="pairs.csv: sar, optical, source")
    parser.add_argument("--folder", type=Path, help="a dataset's folder")
    parser.add_argument("--layout", choices=sorted(LAYOUTS), help="its layout")
    parser.add_argument(
        "--realign", action="store_true", help="measure each pair's own shift"
    )
    parser.add_argument("--simulate", type=int, default=0, help="number of scenes")
    parser.add_argument("--workers", type=int, default=1, help="that simulate")
    parser.add_argument("--seed", type=int, default=0, help="of the first scene")
    parser.add_argument(
        "--gsd-m", type=float, nargs=2, default=GSD_M, help="of scenes, from and to"
    )
    options = parser.parse_args()
    if options.simulate:
        made = simulated(
            options.simulate,
            seed=options.seed,
            workers=options.workers,
            gsd_m=options.gsd_m,
        )
        files = write_shards(made, options.out)
        print(f"{options.simulate} scenes in {len(files)} files")
        return
    if options.pairs:
        pairs = read_pairs_csv(options.pairs)
    elif options.folder and options.layout:
        pairs = LAYOUTS[options.layout](options.folder)
    else:
        parser.error("give --pairs, --folder and --layout, or --simulate")
    files = pack(pairs, options.out, options.realign)
    total = sum(path.stat().st_size for path in files)
    print(f"{len(pairs)} pairs in {len(files)} files, {total / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
