"""Show the pairs on which a row fails: what it said beside the truth.

    python -m soma.benchmark.gallery --set delhi --protocol click128 --method gradient

One picture per row, the worst pairs first: optical window, SAR window, SAR placed by
the truth and by the estimate as a checkerboard over the optical one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from ..core.errors import SomaError
from ..core.geo import apply_affine
from . import store
from .methods import Estimate
from .points import grey
from .protocols import PROTOCOLS, Case
from .run import spoilt_cases
from .score import score_pair
from .store import Run
from .warping import pixel_centres

CELL_PX = 32
PANEL_PX = 256


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
    row, col = np.indices((height, width)) // CELL_PX
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
        text = f"{case.name}: refused, {estimate.reason}"
    bar = np.full((22, 4 * PANEL_PX), 255, np.uint8)
    cv2.putText(bar, text[:130], (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 0, 1)
    return np.vstack([bar, np.hstack(panels)])


def main() -> int:
    """Write the picture; 2 when there are no predictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", required=True, dest="set_name")
    parser.add_argument("--protocol", required=True, choices=list(PROTOCOLS))
    parser.add_argument("--method", required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    parser.add_argument("--to", type=Path, help="default: predictions/report")
    args = parser.parse_args()
    run = Run(args.set_name, args.protocol, args.method, "none", args.limit)
    try:
        found = worst(run, args.out, args.count)
    except SomaError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if not found:
        sys.stderr.write(f"{run.folder(args.out)} holds no predictions.\n")
        return 2
    folder = args.to or args.out / "report"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"worst_{args.set_name.replace(':', '-')}_{args.protocol}_{args.method}.png"
    cv2.imwrite(str(folder / name), np.vstack([strip(*item) for item in found]))
    print(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
