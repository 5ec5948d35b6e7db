"""Show the pairs on which a row fails: what it said beside the truth.

    python -m soma.benchmark.stages.gallery --set sen12 --protocol near256 \\
        --method gradient soma --to benchmark/pictures

One small picture per row, the worst pairs first, refused ones before all others:
optical window, SAR window, SAR placed by the truth and by the estimate as a
checkerboard over the optical one. ``soma.benchmark.stages.report`` links those that
lie in ``pictures`` beside its tables.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from ...core.base.errors import BadInput
from ...core.base.grid import apply_affine
from ..data.protocols import PROTOCOLS, Case
from ..data.warping import pixel_centres
from ..methods.estimate import Estimate, grey
from . import store
from .command import run_command
from .run import spoilt_cases
from .score import score_pair
from .store import Run

#: What is shown beside the product's own simulated scenes.
CREDIT = """\
The pictures of real pairs contain modified Copernicus Sentinel data, those of `sen12`
from SEN1-2 (Schmitt et al. 2018)."""

#: Cells of the checkerboard per side of a window.
CELLS = 8
PANEL_PX = 144
BAR_PX = 18
#: The picture of a row is coded ever more coarsely until it is below this.
LARGEST_BYTES = 60_000
QUALITIES = (75, 60, 45, 30, 20)


def worst(run: Run, root: Path, count: int) -> list[tuple[float, Case, Estimate]]:
    """Return the pairs with the largest errors, refused ones first."""
    folder = run.folder(root)
    found = []
    for case in spoilt_cases(run):
        stored = store.read(folder, case.name)
        if stored is not None:
            found.append((score_pair(case, *stored).error_px, case, stored[0]))
    return sorted(found, key=lambda item: -item[0])[:count]


def checkerboard(case: Case, estimate: Estimate) -> np.ndarray:
    """Return SAR and optical pixels in turns, on the moving grid, (h, w) uint8."""
    height, width = case.mov.shape
    if estimate.status == "refused":
        return np.full((height, width), 40, np.uint8)
    if estimate.flow is not None:
        places = estimate.flow.astype(np.float64)
    else:
        centres = pixel_centres(max(height, width))[:height, :width].reshape(-1, 2)
        places = apply_affine(estimate.mov_to_ref, centres).reshape(height, width, 2)
    # OpenCV puts 0 at the centre of the first pixel.
    at = (places - 0.5).astype(np.float32)
    optical = cv2.remap(grey(case.ref), at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    row, col = np.indices((height, width)) * CELLS // max(height, width)
    return np.where((row + col) % 2, case.mov, optical)


def strip(error: float, case: Case, estimate: Estimate) -> np.ndarray:
    """Return one pair as four panels and a line of text, BGR."""
    truth = Estimate(case.mov_to_ref, case.truth_flow)
    images = (
        grey(case.ref),
        case.mov,
        checkerboard(case, truth),
        checkerboard(case, estimate),
    )
    side = (PANEL_PX, PANEL_PX)
    panels = [cv2.resize(i, side, interpolation=cv2.INTER_AREA) for i in images]
    text = f"{case.name}: {error:.1f} px"
    if estimate.status == "refused":
        why = estimate.figures.get("code") or estimate.reason
        text = f"{case.name}: refused, {why}"
    bar = np.full((BAR_PX, 4 * PANEL_PX), 255, np.uint8)
    face, line = cv2.FONT_HERSHEY_SIMPLEX, cv2.LINE_AA
    cv2.putText(bar, text[:108], (4, 13), face, 0.36, 0, 1, line)
    return np.vstack([bar, np.hstack(panels)])


def small_jpeg(picture: np.ndarray) -> bytes:
    """Return a picture as JPEG, as good as ``LARGEST_BYTES`` allow."""
    for quality in QUALITIES:
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        if coded.nbytes <= LARGEST_BYTES:
            break
    return coded.tobytes()


def picture_name(run: Run) -> str:
    """Return the name of the picture of a row."""
    return f"worst_{run.set_name.replace(':', '-')}_{run.protocol}_{run.method}.jpg"


def draw(run: Run, root: Path, folder: Path, count: int) -> Path:
    """Write the picture of a row; raises BadInput when it has no predictions."""
    found = worst(run, root, count)
    if not found:
        raise BadInput(f"{run.folder(root)} holds no predictions.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / picture_name(run)
    path.write_bytes(small_jpeg(np.vstack([strip(*item) for item in found])))
    return path


def main() -> int:
    """Write the pictures; 2 when there are no predictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", required=True, dest="set_name")
    parser.add_argument("--protocol", required=True, choices=list(PROTOCOLS))
    parser.add_argument("--method", nargs="+", required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    parser.add_argument("--to", type=Path, help="default: predictions/report/pictures")
    args = parser.parse_args()
    folder = args.to or args.out / "report" / "pictures"
    for method in args.method:
        run = Run(args.set_name, args.protocol, method, "none", args.limit)
        print(draw(run, args.out, folder, args.count))
    return 0


if __name__ == "__main__":
    run_command(main)
