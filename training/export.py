"""Turn a checkpoint into fp16 safetensors and a model card.

    python -m soma.training.export runs/small/last.pt --figures figures.json

The certainty is calibrated on development pairs that training never saw.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..models.glam_local import GRID_PX
from ..models.predictor import STRIDE_PX
from ..models.soma import Soma, SomaConfig
from ..models.warping import identity
from ..models.weights import FOLDER, Record, write
from .augment import Ranges
from .checkpoint import load
from .data import Mix, PairSampler, Sample, load_pack, split_by_place
from .objective import prepare, truth_for

CARD = """# {name}

SOMA (FGE + GLAM), {parameters:.2f} M parameters, {size:.1f} MB in fp16.

{summary}

- Trained on: {data}
- Steps: {steps} of batch {batch}; code version {version}
- Input: one SAR tile (log intensity) and one optical tile (grey), 0 to 1, any size
- Certainty: share of matches within 3 px, calibrated on held-out places
  (slope {slope:.3f}, offset {offset:.3f})

{reliability}

{figures}

Not for: SAR in slant range, scenes with strong relief at metre resolution, or any
use without looking at the report; images of one place at very different seasons may
be refused.
"""


def scattered(
    net: Soma, sampler: PairSampler, count: int, size: int
) -> tuple[Tensor, Tensor]:
    """Return certainty logits and whether they were right, of single matches."""
    logits, right = [], []
    generator = torch.Generator().manual_seed(2)
    with torch.inference_mode():
        for first in range(0, count, 4):
            batch = sampler.batch(first, 4, size)
            batch = prepare(batch, torch.device("cpu"), generator)
            certainty, good = _measured(net, batch)
            logits.append(certainty)
            right.append(good)
    return torch.cat(logits), torch.cat(right)


def _measured(net: Soma, batch: Sample) -> tuple[Tensor, Tensor]:
    truth = truth_for(batch)
    sar = net.encode(batch.sar, batch.sar_valid, "sar")
    optical = net.encode(batch.optical, batch.optical_valid, "optical")
    mov, ref = (sar, optical) if batch.sar_moves else (optical, sar)
    count, size = len(batch.sar), float(batch.sar.shape[-1])
    side = torch.full((count,), size)
    prior = identity(count, side.device)
    coarse = net.place(mov, ref, prior, 0.15 * side, 0.3 * side)
    theta = net.refine(mov, ref, coarse.theta)[-1].motion.theta
    positions, certainty = net.measure(mov, ref, theta)
    flow, mask = truth.at(GRID_PX)
    right = (positions - flow).norm(dim=1, keepdim=True) < 3
    right = right & (truth.related > 0)[:, None, None, None]
    few = slice(1, None, STRIDE_PX // GRID_PX)  # where the predictor reads matches
    keep = mask[..., few, few] > 0
    return certainty[..., few, few][keep], right[..., few, few][keep].float()


def calibrate(logits: Tensor, right: Tensor) -> tuple[float, float]:
    """Fit slope and offset of the logits by logistic regression (Newton)."""
    design = torch.stack([logits, torch.ones_like(logits)], dim=1).double()
    target = right.double()
    weight = torch.tensor([1.0, 0.0], dtype=torch.float64)
    for _ in range(30):
        p = torch.sigmoid(design @ weight)
        slope = design.T @ (target - p) - 1e-3 * weight
        curve = design.T @ (design * (p * (1 - p))[:, None]) + 1e-3 * torch.eye(2)
        weight = weight + torch.linalg.solve(curve, slope)
    return float(weight[0]), float(weight[1])


def reliability(logits: Tensor, right: Tensor, fit: tuple[float, float]) -> str:
    """Return the reliability table in Markdown."""
    p = torch.sigmoid(fit[0] * logits + fit[1])
    rows = ["| confidence | matches | mean confidence | share within 3 px |",
            "|---|---|---|---|"]  # fmt: skip
    for low in torch.arange(0, 1, 0.1).tolist():
        inside = (p >= low) & (p < low + 0.1)
        if int(inside.sum()) >= 50:
            rows.append(
                f"| {low:.1f} to {low + 0.1:.1f} | {int(inside.sum())} "
                f"| {float(p[inside].mean()):.2f} | {float(right[inside].mean()):.2f} |"
            )
    return "\n".join(rows)


def figures_table(figures: dict[str, Any]) -> str:
    """Return validation figures {set/protocol: {column: value}} in Markdown."""
    if not figures:
        return "No validation figures were given."
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
    config = state["config"]
    net = Soma(SomaConfig.from_dict(state["architecture"]))
    net.load_state_dict(state["ema"])
    net.eval()
    everything = load_pack(Path(config["data"]))
    train, held = split_by_place(everything, config["dev_share"])
    ranges = Ranges(rotation_deg=4, scale=1.03, shift_share=0.1, zoom=(0.8, 1.2))
    sampler = PairSampler(held or train, ranges, Mix(0, 0.25, 0.05), 11)
    logits, right = scattered(net, sampler, pairs, 192)
    half = len(logits) // 2  # one half to fit, the other for the table
    fit = calibrate(logits[:half], right[:half])
    out.parent.mkdir(parents=True, exist_ok=True)
    record = Record(net.config.to_dict(), config, state["version"], fit, figures)
    write(out, net.state_dict(), record)
    sources = sorted({pair.source for pair in train})
    card = CARD.format(
        name=out.stem,
        parameters=sum(p.numel() for p in net.parameters()) / 1e6,
        size=out.stat().st_size / 1e6,
        summary=summary,
        data=f"{len(train)} images of {', '.join(sources)}; {len(held)} held out by "
        f"place; {config['synthetic']:.0%} synthetic pairs",
        steps=state["step"],
        batch=config["batch"],
        version=state["version"],
        slope=fit[0],
        offset=fit[1],
        reliability=reliability(logits[half:], right[half:], fit),
        figures=figures_table(figures),
    )
    out.with_suffix(".md").write_text(card, encoding="utf-8")
    return out


def main() -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=FOLDER / "soma-small.safetensors")
    parser.add_argument("--figures", type=Path, help="JSON of validation figures")
    parser.add_argument("--summary", default="", help="what to say first on the card")
    parser.add_argument("--pairs", type=int, default=96, help="pairs to calibrate on")
    options = parser.parse_args()
    figures = json.loads(options.figures.read_text()) if options.figures else {}
    path = export(
        options.checkpoint, options.out, figures, options.summary, options.pairs
    )
    print(f"{path}, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
