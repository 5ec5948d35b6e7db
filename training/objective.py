"""One training step's forward pass and its weighted loss."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..models.encoder import Features
from ..models.soma import Output, Soma
from ..models.warping import apply_affine, centres, compose
from .config import TrainConfig
from .data import SYNTHETIC, UNRELATED, Sample
from .losses import (
    Truth,
    certainty_loss,
    consistency_loss,
    corner_loss,
    flow_loss,
    heat_loss,
    pair_rmse,
    peak_loss,
    truth_of,
    uniform_loss,
    volume_loss,
)
from .synth import pseudo_sar

#: Shares of the terms at 1/8, 1/4 and 1/2.
SHARES = (0.5, 0.75, 1.0)


def prepare(batch: Sample, device: torch.device, generator: torch.Generator) -> Sample:
    """Move a batch to the device and turn its synthetic samples into pseudo-SAR."""
    made = torch.nonzero(batch.kind == SYNTHETIC)[:, 0]
    moved = {
        name: getattr(batch, name).to(device, non_blocking=True)
        for name in (
            "sar", "optical", "sar_valid", "optical_valid", "flow", "motion", "kind",
        )
    }  # fmt: skip
    batch = replace(batch, **moved)
    if len(made):
        made = made.to(device, non_blocking=True)
        batch.sar[made] = pseudo_sar(batch.sar[made], generator)
    return batch


def truth_for(batch: Sample) -> Truth:
    """Return the truth of a batch."""
    masks = batch.sar_valid, batch.optical_valid
    mov, ref = masks if batch.sar_moves else masks[::-1]
    related = (batch.kind != UNRELATED).float()
    return truth_of(batch.flow, mov, ref, batch.motion, related)


def describe(net: Soma, batch: Sample) -> tuple[Features, Features]:
    """Return the features of a batch's moving and reference images."""
    half = batch.sar.device.type == "cuda"
    with torch.autocast(batch.sar.device.type, torch.bfloat16, enabled=half):
        sar = net.encode(batch.sar, batch.sar_valid, "sar")
        optical = net.encode(batch.optical, batch.optical_valid, "optical")
    return (sar, optical) if batch.sar_moves else (optical, sar)


def match(
    net: Soma,
    mov: Features,
    ref: Features,
    truth: Truth | None,
    generator: torch.Generator | None,
) -> Output:
    """Run the network on a batch's features.

    With ``truth``, local stages start near it wherever the global stage went
    astray, and for a third of the others, so that all stages learn from the
    first step on and meet errors of every size.
    """
    count, device = len(mov.masks[0]), mov.masks[0].device
    prior = torch.eye(2, 3, device=device).expand(count, 2, 3)
    side = torch.full((count,), 2.0 * mov.masks[0].shape[-1], device=device)
    coarse = net.place(mov, ref, prior, 0.25 * side, 0.45 * side)
    theta = coarse.theta.detach()
    if truth is not None:
        theta = _guided(theta, truth, generator)
    return Output(coarse, net.refine(mov, ref, theta))


def _guided(theta: Tensor, truth: Truth, generator: torch.Generator) -> Tensor:
    size = truth.flow.shape[-1]
    grid = centres(3, 3, size // 3, theta.device)
    error = (apply_affine(theta, grid) - apply_affine(truth.motion, grid)).norm(dim=1)
    astray = error.mean(dim=(1, 2)) > 20
    chance = torch.rand(len(theta), generator=generator, device=theta.device)
    astray = (astray | (chance < 0.33)) & (truth.related > 0)
    noise = torch.randn(len(theta), 2, 3, generator=generator, device=theta.device)
    noise = noise * theta.new_tensor([0.03, 0.03, 6.0])
    middle = theta.new_tensor([size / 2, size / 2])
    noise[:, :, 2] -= noise[:, :, :2] @ middle
    near = compose(torch.eye(2, 3, device=theta.device) + noise, truth.motion)
    return torch.where(astray[:, None, None], near, theta)


def total_loss(
    net: Soma, output: Output, truth: Truth, config: TrainConfig, template: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """Weigh and add all terms over the batch; ``template`` is that loss.

    Returns:
        The loss, and it and the mean of every term for the log.
    """
    related = truth.related
    count = related.sum().clamp_min(1.0)
    size8 = output.stages[0].flow.shape[-1]
    terms = {
        "heat": heat_loss(output.coarse, truth, size8),
        "volume": volume_loss(output.coarse, truth),
        "corner": corner_loss(output.theta, truth),
        "peak": torch.zeros_like(related),
        "flow": torch.zeros_like(related),
        "uniform": uniform_loss(output.stages[-1], truth),
        "consistency": torch.zeros_like(related),
    }
    for share, stage, layer in zip(SHARES, output.stages, net.locally, strict=True):
        terms["peak"] = terms["peak"] + share * peak_loss(stage, truth, layer.radius)
        terms["flow"] = terms["flow"] + share * flow_loss(stage, truth, layer.radius)
        terms["consistency"] = terms["consistency"] + share * consistency_loss(stage)
    means = {name: (value * related).sum() / count for name, value in terms.items()}
    motion = output.stages[-1].motion
    means["certainty"] = certainty_loss(
        motion.certainty, motion.positions(), truth
    ).mean()
    means["template"] = template
    loss = sum(getattr(config, f"w_{name}") * value for name, value in means.items())
    figures = {name: value.detach() for name, value in means.items()}
    return loss, {"loss": loss.detach(), **figures}


def errors(output: Output, truth: Truth) -> Tensor:
    """Return the flow's RMSE of each related pair of a batch, px."""
    # At full size: positions on the windows' grid end 4 px before the tile does.
    rmse = pair_rmse(output.flow(*truth.flow.shape[-2:]).detach(), truth)
    return rmse[truth.related > 0]
