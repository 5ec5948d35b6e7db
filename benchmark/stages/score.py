"""Stage two of the benchmark: compare predictions with the truth.

    python -m soma.benchmark.stages.score

reads every folder below predictions/ and writes scores.json into it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ...core.base.grid import apply_affine
from ..data.protocols import Case
from ..data.warping import pixel_centres
from ..methods.estimate import Estimate
from . import store
from .command import run_command
from .metrics import flow_rmse_px
from .run import spoilt_cases


@dataclass(frozen=True)
class Score:
    """One pair.

    Args:
        status: "ok" or "refused".
        error_px: root mean square over all pixels of the moving window, or the
            error at its centre, as the protocol says; inf when refused.
        corner_px: mean error of the four corner pixels; inf when refused.
        seconds: wall time.
        cpu_seconds: processor time of all threads of the process.
        peak_mib: peak memory of the process so far.
        reason: why it was refused.
        own_affine_px: error of the matcher's own affine, before the robust fit and
            the judgement; inf where it has none.
        own_flow_px: the same of its own dense flow, on a lattice.
    """

    status: str
    error_px: float
    corner_px: float
    seconds: float
    cpu_seconds: float
    peak_mib: float
    reason: str = ""
    own_affine_px: float = float("inf")
    own_flow_px: float = float("inf")


def _places(
    centres: np.ndarray, matrix: np.ndarray | None, flow: np.ndarray | None
) -> np.ndarray:
    """Return the reference's (x, y) of every pixel centre, (h, w, 2) float64."""
    if flow is not None:
        return flow.astype(np.float64)
    return apply_affine(matrix, centres.reshape(-1, 2)).reshape(centres.shape)


def score_pair(case: Case, estimate: Estimate, record: dict) -> Score:
    """Return the score of one prediction."""
    error, corner = errors_px(case, estimate)
    own = estimate.figures.get("unjudged_mov_to_ref")
    own_affine = float("inf")
    if own is not None:
        own_affine, _ = errors_px(case, Estimate(np.array(own)))
    peak = max(record["peak_mib"], estimate.figures.get("worker_peak_mib", 0.0))
    return Score(
        estimate.status,
        error,
        corner,
        record["seconds"],
        record["cpu_seconds"] + estimate.figures.get("worker_cpu_seconds", 0.0),
        peak,
        estimate.reason,
        own_affine,
        _own_flow_px(case, estimate.figures.get("own_flow")),
    )


def errors_px(case: Case, estimate: Estimate) -> tuple[float, float]:
    """Return the error as the protocol wants it and that of the corners, px."""
    if estimate.status == "refused":
        return float("inf"), float("inf")
    height, width = case.mov.shape
    centres = pixel_centres(max(height, width))[:height, :width]
    found = _places(centres, estimate.mov_to_ref, estimate.flow)
    truth = _places(centres, case.mov_to_ref, case.truth_flow)
    corners = (found - truth)[[0, 0, -1, -1], [0, -1, 0, -1]]
    corner = float(np.linalg.norm(corners, axis=-1).mean())
    if case.evaluate == "full":
        return flow_rmse_px(found, truth), corner
    # The middle lies between four pixels.
    y, x = height // 2, width // 2
    off = (found - truth)[y - 1 : y + 1, x - 1 : x + 1].mean(axis=(0, 1))
    return float(np.linalg.norm(off)), corner


def _own_flow_px(case: Case, lattice: list[list[float]] | None) -> float:
    """Return the error of rows of moving x, y and reference x, y; inf without."""
    if not lattice:
        return float("inf")
    values = np.array(lattice)
    off = values[:, 2:] - case.truth(values[:, :2])
    if case.evaluate == "centre":
        middle = np.array(case.mov.shape[::-1]) / 2
        near = np.linalg.norm(values[:, :2] - middle, axis=1)
        # The four around the middle, half a pixel off it: the flow is smooth there.
        return float(np.linalg.norm(off[np.argsort(near)[:4]].mean(axis=0)))
    return float(np.sqrt(np.mean(np.sum(off**2, axis=1))))


def score_folder(folder: Path) -> int:
    """Score what a folder holds; write scores.json; return the number of pairs."""
    scores = {}
    for case in spoilt_cases(store.read_run(folder)):
        found = store.read(folder, case.name)
        if found is not None:
            scores[case.name] = asdict(score_pair(case, *found))
    path = folder / "scores.json"
    path.with_suffix(".part").write_text(json.dumps(scores, indent=1))
    path.with_suffix(".part").replace(path)
    return len(scores)


def read_scores(folder: Path) -> list[Score]:
    """Return the scores of a folder, in the order of its cases."""
    values = json.loads((folder / "scores.json").read_text())
    return [Score(**score) for score in values.values()]


def outdated(folder: Path) -> bool:
    """Return whether predictions are newer than the scores beside them."""
    scores = folder / "scores.json"
    if not scores.exists():
        return True
    when = scores.stat().st_mtime
    return any(path.stat().st_mtime > when for path in folder.glob("*.json"))


def score_all(root: Path, again: bool = False) -> None:
    """Score every folder below ``root`` whose predictions changed, or all."""
    for config in sorted(root.glob("*/*/*/config.json")):
        if again or outdated(config.parent):
            count = score_folder(config.parent)
            print(f"{config.parent}: {count} pairs", flush=True)


def main() -> int:
    """Score every folder whose predictions changed; 0 when all could be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    parser.add_argument("--again", action="store_true", help="also unchanged ones")
    args = parser.parse_args()
    score_all(args.out, args.again)
    return 0


if __name__ == "__main__":
    run_command(main)
