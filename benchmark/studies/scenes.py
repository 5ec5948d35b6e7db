"""Does a displaced copy of a real scene come to lie where the original does?

    python -m soma.benchmark.studies.scenes

Registers every real scene, and a copy of it that is displaced by a known amount. The
copy has the pixels of the original; its georeference is turned by 1.5 degrees about
the scene's centre and shifted by (+37, -22) pixels, so nothing is resampled. Whatever
registers both must put each pixel of both on the same ground: the table shows the root
mean square of the difference, in pixels of the SAR image.

Answer: the table that it prints.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from ...core.base.errors import BadInput, Refused
from ...core.base.grid import Grid
from ...core.transform.transform_reader import read as read_registration
from ..data.sets import DATA
from ..stages.command import run_command
from ..stages.store import PREDICTIONS
from ..stages.tables import CLI, Measured, markdown_table, run_measured

SHIFT_PX = (37.0, -22.0)
ROTATION_DEG = 1.5

HEADER = (
    "scene,copy,outcome,transform,inliers,matches,median px,expected px,"
    "difference px,s,MiB"
).split(",")


@dataclass(frozen=True)
class Outcome:
    """What the command made of one pair.

    Args:
        scene: name of the scene.
        copy: "as is" or "displaced".
        cost: time and memory of the command.
        result: its JSON output, empty when it failed.
        ground: reference pixels of a lattice of moving pixels, (n, 2) float64:
            registered, or by the georeference when refused.
    """

    scene: str
    copy: str
    cost: Measured
    result: dict[str, Any]
    ground: np.ndarray

    @property
    def accepted(self) -> bool:
        """Return whether the pair was registered."""
        return self.cost.returncode == 0

    @property
    def text(self) -> str:
        """Return the outcome in a few words."""
        if self.accepted:
            return "registered"
        if self.cost.returncode == Refused.exit_code:
            return f"refused: {self.result.get('code', '')}"
        lines = self.cost.stderr.strip().splitlines()
        return f"failed ({self.cost.returncode}): {lines[-1] if lines else ''}"


def displace(source: Path, target: Path) -> None:
    """Copy a raster with its georeference turned and shifted."""
    shutil.copy(source, target)
    target.chmod(0o644)
    with rasterio.open(target, "r+") as raster:
        centre = (raster.width / 2, raster.height / 2)
        extra = Affine.translation(*SHIFT_PX) * Affine.rotation(ROTATION_DEG, centre)
        raster.transform = raster.transform * extra


def grid_of(path: Path) -> Grid:
    """Return the grid of a raster."""
    with rasterio.open(path) as raster:
        return Grid(raster.crs, raster.transform, raster.width, raster.height)


def lattice(grid: Grid) -> np.ndarray:
    """Return 17 x 17 pixel positions over the inner 80 % of a grid, (289, 2)."""
    steps = np.linspace(0.1, 0.9, 17)
    unit = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    return unit * (grid.width, grid.height)


def register(
    scene: str, copy: str, sar: Path, optical: Path, out: Path, model: str
) -> Outcome:
    """Run ``soma register`` on one pair."""
    shutil.rmtree(out, ignore_errors=True)
    options = ["--model", model, "--out", str(out), "--json"]
    cost = run_measured([*CLI, "register", str(sar), str(optical), *options])
    try:
        result = json.loads(cost.stdout)
    except json.JSONDecodeError:
        result = {}
    xy = lattice(grid_of(sar))
    ground = (
        _registered(xy, out / "transform.json")
        if cost.returncode == 0
        else _georeferenced(xy, grid_of(sar), grid_of(optical))
    )
    return Outcome(scene, copy, cost, result, ground)


def _registered(xy: np.ndarray, path: Path) -> np.ndarray:
    found = read_registration(path)
    return found.source_to_target(found.mov_grid, found.ref_grid)(xy)


def _georeferenced(xy: np.ndarray, mov: Grid, ref: Grid) -> np.ndarray:
    """Return where the files' own georeference puts moving pixels; same CRS."""
    to_ref = ~ref.transform * mov.transform
    return np.column_stack(to_ref * (xy[:, 0], xy[:, 1]))


def difference_px(pair: tuple[Outcome, Outcome], gsd_ratio: float) -> float:
    """Return the RMS difference of two outcomes in SAR pixels, NaN if refused."""
    if not pair[1].accepted:
        return float("nan")
    off = pair[1].ground - pair[0].ground
    return float(np.sqrt(np.mean(np.sum(off**2, axis=1))) * gsd_ratio)


def row(outcome: Outcome, difference: float | None) -> list[str]:
    """Return the cells of one outcome; ``difference`` only beside the copy."""
    quality = outcome.result.get("quality") or {}
    cells = [outcome.scene, outcome.copy, outcome.text]
    cells.append(outcome.result.get("transform") or "")
    cells += [str(quality.get(key, "")) for key in ("n_inliers", "n_matches")]
    cells += [_figure(quality.get(key)) for key in ("median_px", "expected_error_px")]
    cells.append("" if difference is None else _figure(difference))
    return [*cells, f"{outcome.cost.seconds:.1f}", f"{outcome.cost.peak_mib:.0f}"]


def _figure(value: float | None) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:.2f}"


def scene_names() -> list[str]:
    """Return the names of all scenes; raises BadInput when there are none."""
    folder = DATA / "scenes"
    names = sorted(path.name[:-8] for path in folder.glob("*_sar.tif"))
    if not names:
        raise BadInput(f"{folder} holds no scenes, see benchmark/README.md.")
    return names


def run_scene(scene: str, out: Path, model: str) -> list[list[str]]:
    """Register one scene and its displaced copy; return two rows."""
    sar, optical = (DATA / "scenes" / f"{scene}_{part}.tif" for part in ("sar", "opt"))
    with tempfile.TemporaryDirectory() as folder:
        moved = Path(folder) / f"{scene}_displaced_sar.tif"
        displace(sar, moved)
        pairs = {"as is": sar, "displaced": moved}
        first, second = (
            register(scene, copy, path, optical, out / scene / copy, model)
            for copy, path in pairs.items()
        )
    ratio = grid_of(optical).gsd / grid_of(sar).gsd
    return [row(first, None), row(second, difference_px((first, second), ratio))]


def main() -> int:
    """Print the table; 0 when no pair ended otherwise than registered or refused."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scene", nargs="+", help="only these")
    parser.add_argument("--model", default="auto", help="auto, gradient or soma")
    parser.add_argument("--out", type=Path, default=PREDICTIONS / "scenes")
    args = parser.parse_args()
    rows: list[list[str]] = []
    for scene in args.scene or scene_names():
        rows += run_scene(scene, args.out, args.model)
        sys.stderr.write("\n".join(" ".join(cells) for cells in rows[-2:]) + "\n")
    text = markdown_table(HEADER, rows)
    (args.out / "scenes.md").write_text(text + "\n")
    print(text)
    return int(any("failed" in cells[2] for cells in rows))


if __name__ == "__main__":
    run_command(main)
