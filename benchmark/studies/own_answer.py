"""How exact are a matcher's own affine and flow, before fit and judgement?

    python -m soma.benchmark.studies.own_answer --weights FILE --set delhi \\
        --protocol near click128

Without the robust fit and the judgement that follow in the product: what is measured
here is what the network knows.

Answer: the columns "own" of the model card, ``models/weights/soma-medium.md``.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np

from ...core.base.grid import apply_affine
from ...core.base.types import Modality, Tile, TileMatch, TilePair
from ...core.matching.gradient import GradientMatcher
from ...core.matching.protocol import Matcher
from ...core.raster.stretch import fit_stretch
from ...models.registry import load_matcher
from ..data.protocols import Case, cases
from ..methods.estimate import grey
from ..stages.command import run_command


@dataclass(frozen=True)
class Score:
    """Errors of one case.

    Args:
        affine_px: RMSE of the affine over the tile, or at its centre.
        flow_px: the same of the dense flow, infinite where there is none.
        seconds: wall time of the matcher.
        right: share of matches within 3 px; NaN without matches.
        confidence: mean confidence of the matches.
    """

    affine_px: float
    flow_px: float
    seconds: float
    right: float
    confidence: float


def score(case: Case, found: TileMatch, seconds: float) -> Score:
    """Compare what a matcher found with the truth of a case."""
    height, width = case.mov.shape
    if case.evaluate == "centre":
        xy = np.array([[width / 2, height / 2]])
    else:
        axis = np.arange(2, width, 4) + 0.5, np.arange(2, height, 4) + 0.5
        xy = np.stack(np.meshgrid(*axis), axis=-1).reshape(-1, 2)
    truth = case.truth(xy)
    affine = flow = float("inf")
    if found.mov_to_ref is not None:
        affine = _rmse(apply_affine(found.mov_to_ref, xy) - truth)
    if found.flow is not None:
        column, row = np.floor(xy).astype(int).T
        near = found.flow[row, column] + (xy - np.floor(xy) - 0.5)
        flow = _rmse(near - truth)
    right = confidence = float("nan")
    if len(found.matches):
        error = found.matches.ref_xy - case.truth(found.matches.mov_xy)
        right = float((np.linalg.norm(error, axis=1) < 3).mean())
        confidence = float(found.matches.confidence.mean())
    return Score(affine, flow, seconds, right, confidence)


def _rmse(error: np.ndarray) -> float:
    return float(np.sqrt((error**2).sum(axis=1).mean()))


def tile(pixels: np.ndarray, modality: Modality) -> Tile:
    """Return (h, w) uint8 pixels as matchers want them."""
    values = pixels.astype(np.float32)
    stretch = fit_stretch(values.ravel(), modality, str(pixels.dtype))
    return Tile(stretch(values), np.ones(pixels.shape, bool), np.eye(3), modality)


def validate(
    matcher: Matcher, set_name: str, protocol: str, limit: int | None, swap: int = 0
) -> list[Score]:
    """Score every case of a set under a protocol.

    Args:
        matcher: what to score.
        set_name: as in ``benchmark.data.protocols.cases``.
        protocol: the same.
        limit: number of cases, None for all.
        swap: pair each reference with the moving image ``swap`` cases further.
    """
    found = list(cases(set_name, protocol, limit))
    scores = []
    for index, case in enumerate(found):
        mov = found[(index + swap) % len(found)].mov
        pair = TilePair(tile(grey(case.ref), "optical"), tile(mov, "sar"))
        start = time.perf_counter()
        result = matcher.match([pair], case.search)[0]
        scores.append(score(case, result, time.perf_counter() - start))
    return scores


def summary(scores: Sequence[Score]) -> dict[str, str]:
    """Return the figures of one table row."""
    row: dict[str, str] = {"n": str(len(scores))}
    for name in ("affine", "flow"):
        errors = np.array([getattr(s, f"{name}_px") for s in scores])
        if not np.isfinite(errors).any():
            continue
        shares = "/".join(f"{(errors < t).mean():.2f}" for t in (1, 2, 3, 5))
        row[f"{name} CMR@1/2/3/5"] = shares
        row[f"{name} median px"] = f"{np.median(errors):.2f}"
    row["matches right"] = f"{np.nanmean([s.right for s in scores]):.2f}"
    row["confidence"] = f"{np.nanmean([s.confidence for s in scores]):.2f}"
    row["s"] = f"{np.median([s.seconds for s in scores]):.2f}"
    return row


def main() -> None:
    """Validate from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="", help="weights file; '' for the own")
    parser.add_argument("--gradient", action="store_true", help="score gradient")
    parser.add_argument("--set", default="delhi", dest="set_name")
    parser.add_argument("--protocol", nargs="+", default=["near256", "click128"])
    parser.add_argument("--limit", type=int)
    parser.add_argument("--swap", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON to add the figures to")
    options = parser.parse_args()
    if options.gradient:
        matcher: Matcher = GradientMatcher(options.threads)
    else:
        matcher = load_matcher("soma", "auto", options.weights, options.threads)
        matcher.dense = True
    figures = {}
    if options.out and options.out.exists():
        figures = json.loads(options.out.read_text())
    for protocol in options.protocol:
        scores = validate(
            matcher, options.set_name, protocol, options.limit, options.swap
        )
        key = f"{matcher.name} {options.set_name}/{protocol}"
        key += " (swapped)" if options.swap else ""
        figures[key] = summary(scores)
        print(key, figures[key], flush=True)
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    run_command(main)
