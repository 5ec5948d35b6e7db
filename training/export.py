"""Turn a checkpoint into fp16 safetensors and a model card.

    python -m soma.training.export runs/medium/last.pt --figures figures.json

The certainty is calibrated on development pairs that training never saw.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import torch

from ..core.base.types import Search
from ..core.matching.gradient.confidence import fit_logistic
from ..core.matching.structure import is_flat
from ..models.matcher.confidence import match_features
from ..models.matcher.predictor import SomaMatcher
from ..models.network.geometry import sample
from ..models.network.template_matching import GRID_PX
from ..models.weights import FOLDER, Record, write
from .augment import Ranges
from .checkpoint import averaged, load
from .data import Mix, PairSampler, Sample, tile_pair
from .objective import prepare, truth_for
from .pairs import load_pack, split_by_place

#: Side of the crops that confidence is calibrated on.
CALIBRATION_PX = 192
#: Share of them that show different places: few, as users' images do; most of these
#: are refused, whatever their matches are said to be worth.
UNRELATED = 0.05

CARD = """# {name}

SOMA (FGE + GLAM), {parameters:.2f} M parameters, {size:.1f} MB in fp16.

{summary}

- Trained on: {data}
- Steps: {steps} of batch {batch}; code version {version}
- Data: {credits}; no image is part of the weights or of this repository
- Recipe: `training/configs/medium.toml` and the runs in `training/LOG.md`; the options
  of the last one are in the head of the weights file
- Input: one SAR tile (log intensity) and one optical tile (grey), 0 to 1, any size
- Confidence of matches and certainty of the flow: share within 3 px, calibrated on
  one half of {pairs} crops of held-out places, {unrelated:.0%} of them unrelated, and
  checked on the other half; which matches are right is judged by the pairs' own
  alignment

Matches:

{matches}

Dense flow:

{flow}

Below, the answer of the product (what `soma match` says; under `flow` its dense field,
which the fit of local deformation gives to `gradient` as well), a refused pair counted
as infinitely wrong, and "own": the matcher's affine and dense flow before the robust
fit and the judgement; `gradient` has no dense flow of its own. CMR@T is the share of
pairs with an error below T px. Made by `python -m soma.benchmark.stages.readme_table`:

{figures}

Not for: SAR in slant range, scenes with strong relief at metre resolution, or any
use without looking at the report; images of one place at very different seasons may
be refused.

Failures are shown in pictures at the end of `benchmark/RESULTS.md`.
"""

_SENTINEL = "contains modified Copernicus Sentinel data, free to use with this notice"
_OMBRIA = f"OMBRIA (Drakonakis et al. 2022), {_SENTINEL}"
#: Whom to credit for the images of a source, and on what terms they may be used.
CREDITS = {
    "ombria": _OMBRIA,
    "ombria_cross": _OMBRIA,
    "volkov_LA_refined": f"Optical-SAR-dataset (V. Volkov), {_SENTINEL}",
    "simulated": "scenes of `core/simulate`",
}


@dataclass(frozen=True)
class Observed:
    """Matches and dense flow of held-out pairs beside the truth.

    Args:
        features: (n, 7) of single matches; see ``models.matcher.confidence``.
        right: (n,) bool, whether a match was within 3 px.
        logits: (m, 1) certainty of the flow on the windows' grid.
        dense_right: (m,) bool, whether the flow was within 3 px.
    """

    features: np.ndarray
    right: np.ndarray
    logits: np.ndarray
    dense_right: np.ndarray


def observe(
    matcher: SomaMatcher, sampler: PairSampler, indices: range, size: int
) -> Observed:
    """Match pairs of ``size`` px of a sampler, in order."""
    generator, rows = torch.Generator().manual_seed(2), []
    with torch.inference_mode():
        for index in indices:
            batch = sampler.batch(index, 1, size)
            batch = prepare(batch, torch.device("cpu"), generator)
            row = _observed(matcher, batch)
            if row is not None:
                rows.append(row)
    return Observed(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def _observed(matcher: SomaMatcher, batch: Sample) -> tuple[np.ndarray, ...] | None:
    truth, pair = truth_for(batch), tile_pair(batch)
    if is_flat(pair):
        return None
    search = Search(0.12 * pair.mov.pixels.shape[0], 4.0, 1.04)
    evidence = matcher.examine([pair], search)[0]
    if evidence is None:
        return None
    related = bool(truth.related[0] > 0)
    mov_xy = torch.from_numpy(evidence.gradient.mov_xy).float().T[None, :, None]
    where, inside = sample(truth.flow, mov_xy)
    error = where[0, :, 0].T.numpy() - evidence.gradient.ref_xy
    right = related & (np.linalg.norm(error, axis=1) < 3)
    keep = inside[0, 0, 0].numpy() > 0
    flow, mask = truth.at(GRID_PX)
    gap = (evidence.motion.positions() - flow).norm(dim=1)[0]
    usable = mask[0, 0] > 0
    logits = evidence.motion.certainty[0, 0][usable].numpy()[:, None]
    dense_right = related & (gap[usable].numpy() < 3)
    features, _ = match_features(pair, evidence.gradient, evidence.standing)
    return features[keep], right[keep], logits, dense_right


def reliability(features: np.ndarray, right: np.ndarray, fit: np.ndarray) -> str:
    """Return the reliability table of a logistic fit in Markdown."""
    p = 1 / (1 + np.exp(-features @ fit[:-1] - fit[-1]))
    rows = ["| confidence | matches | mean confidence | share within 3 px |",
            "|---|---|---|---|"]  # fmt: skip
    for low in np.arange(0, 1, 0.1):
        inside = (p >= low) & (p < low + 0.1)
        if int(inside.sum()) >= 50:
            rows.append(
                f"| {low:.1f} to {low + 0.1:.1f} | {int(inside.sum())} "
                f"| {float(p[inside].mean()):.2f} | {float(right[inside].mean()):.2f} |"
            )
    return "\n".join(rows)


def credits(sources: Sequence[str]) -> str:
    """Return whom a card has to credit; a source that is not known is told as such."""
    told = [CREDITS.get(name, f"{name}, terms not known") for name in sources]
    return "; ".join(dict.fromkeys(told))


def figures_table(figures: dict[str, Any]) -> str:
    """Return validation figures {set/protocol: {column: value}} in Markdown.

    Without any the place is empty, for ``benchmark.stages.readme_table`` fills it.
    """
    if not figures:
        return ""
    columns = list(dict.fromkeys(key for row in figures.values() for key in row))
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, row in figures.items():
        cells = [str(row.get(column, "")) for column in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def export(
    checkpoint: Path, out: Path, figures: dict[str, Any], summary: str, pairs: int
) -> Path:
    """Write weights and card; returns the weights file."""
    state = load(checkpoint, torch.device("cpu"))
    config, net = state["config"], averaged(state)
    everything = load_pack(Path(config["data"]))
    train, held = split_by_place(everything, config["dev_share"])
    ranges = Ranges(rotation_deg=4, scale=1.03, shift_share=0.1, zoom=(0.8, 1.2))
    sampler = PairSampler(held or train, ranges, Mix(0, UNRELATED, 0.05), 11)
    matcher = SomaMatcher(net, "cpu")
    matcher.dense = True
    fitted = observe(matcher, sampler, range(pairs), CALIBRATION_PX)
    other = observe(matcher, sampler, range(pairs, 2 * pairs), CALIBRATION_PX)
    peaks = fit_logistic(fitted.features, fitted.right)
    dense = fit_logistic(fitted.logits, fitted.dense_right)
    out.parent.mkdir(parents=True, exist_ok=True)
    record = Record(
        state["architecture"], config, state["version"],
        (float(dense[0]), float(dense[1])), tuple(peaks.tolist()), figures,
    )  # fmt: skip
    write(out, net.state_dict(), record)
    sources = sorted({pair.source for pair in train})
    card = CARD.format(
        name=out.stem,
        parameters=sum(p.numel() for p in net.parameters()) / 1e6,
        size=out.stat().st_size / 1e6,
        summary=summary,
        data=f"{len(train)} images of {', '.join(sources)}; {len(held)} held out by "
        f"place; {config['synthetic']:.0%} synthetic pairs",
        pairs=2 * pairs,
        credits=credits(sources),
        unrelated=UNRELATED,
        steps=state["step"],
        batch=config["batch"],
        version=state["version"],
        matches=reliability(other.features, other.right, peaks),
        flow=reliability(other.logits, other.dense_right, dense),
        figures=figures_table(figures),
    )
    out.with_suffix(".md").write_text(card, encoding="utf-8")
    return out


def main() -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=FOLDER / "soma-medium.safetensors")
    parser.add_argument("--figures", type=Path, help="JSON of validation figures")
    parser.add_argument("--summary", default="", help="what to say first on the card")
    parser.add_argument("--pairs", type=int, default=700, help="crops to calibrate on")
    options = parser.parse_args()
    figures = json.loads(options.figures.read_text()) if options.figures else {}
    path = export(
        options.checkpoint, options.out, figures, options.summary, options.pairs
    )
    print(f"{path}, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
