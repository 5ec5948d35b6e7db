"""One training step's forward pass and its weighted loss."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..models.network.encoder import Features
from ..models.network.geometry import apply_affine, centres, compose
from ..models.network.soma import Output, Soma
from .config import TrainConfig
from .data import SYNTHETIC, UNRELATED, Sample
from .ground import asked_again, placed_loss, told_loss
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
from .template import settle, template_loss

#: Shares of the terms at 1/8, 1/4 and 1/2.
SHARES = (0.5, 0.75, 1.0)


def prepare(batch: Sample, device: torch.device, generator: torch.Generator) -> Sample:
    """Move a batch to the device and turn its synthetic samples into pseudo-SAR."""
    made = torch.nonzero(batch.kind == SYNTHETIC)[:, 0]
    moved = {
        name: value.to(device, non_blocking=True)
        for name, value in batch.tensors().items()
    }
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
    net: Soma,
    output: Output,
    truth: Truth,
    config: TrainConfig,
    further: dict[str, Tensor],
) -> tuple[Tensor, dict[str, Tensor]]:
    """Weigh and add all terms over the batch, and further ones that are scalars.

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
    return weighed({**means, **further}, config)


def weighed(
    means: dict[str, Tensor], config: TrainConfig
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the weighed sum of terms, and it and them for the log."""
    loss = sum(getattr(config, f"w_{name}") * value for name, value in means.items())
    figures = {name: value.detach() for name, value in means.items()}
    return loss, {"loss": loss.detach(), **figures}


def step_loss(
    net: Soma, batch: Sample, config: TrainConfig, generator: torch.Generator
) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """Return the loss of a prepared batch, its terms, and the pairs' RMSE in px.

    There is no RMSE where only the heads for the ground are trained: no motion is
    estimated then.
    """
    mov, ref = describe(net, batch)
    truth = settle(mov, ref, truth_for(batch), batch.kind, net.planes)
    further = {}
    if net.config.ground:
        grounds = [(mov, ref)]
        if net.ground is not None:
            grounds.append(asked_again(net.ground, mov, ref, batch, truth, generator))
        # What the radar says alone is told too: it is where the second answer begins.
        told = [told_loss(*sides, batch) for sides in grounds]
        further["told"] = sum(told) / len(told)
        if net.planes:
            further["placed"] = placed_loss(*grounds[-1], net.planes, truth, generator)
    if config.only:
        return *weighed(further, config), truth.related[:0]
    output = match(net, mov, ref, truth, generator)
    further["template"] = template_loss(net, mov, ref, truth, generator)
    loss, terms = total_loss(net, output, truth, config, further)
    return loss, terms, errors(output, truth)


def errors(output: Output, truth: Truth) -> Tensor:
    """Return the flow's RMSE of each related pair of a batch, px."""
    # At full size: positions on the windows' grid end 4 px before the tile does.
    rmse = pair_rmse(output.flow(*truth.flow.shape[-2:]).detach(), truth)
    return rmse[truth.related > 0]
