"""Template matching as a training problem, with labels that are put right on the way.

Descriptors learn from windows of every level: each has to find its place among the
shifts around a start that is wrong by a random amount, by all channels together and
by the learned ones alone, which would otherwise leave the work to the hand-made ones.

Real pairs are aligned to a pixel or two only. A whole crop shows its shift better
than its label does, so both kinds of channels are asked for it; where they agree the
label follows, elsewhere the crop counts less.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..models.network.encoder import STRIDES, Features
from ..models.network.glam_global import normalise
from ..models.network.layers import local_correlation
from ..models.network.soma import Soma
from ..models.network.surface_fit import near_peaks
from ..models.network.template_matching import GRID_PX, coefficients, overlay
from .data import REAL
from .losses import Truth, shift_entropy

#: Radius in cells and share of the loss at strides 2, 4 and 8.
RADII, SHARES = (6, 4, 3), (1.0, 0.5, 0.25)
#: What learned channels alone count beside all together.
ALONE = 0.7
#: Radius in cells at 1/2 within which labels are put right, and the deviation in
#: cells of the belief in them.
LABEL_RADIUS, LABEL_CELLS = 4, 1.5
#: Deviations of a surface by which its peak is believed against the label.
LABEL_SCALE = 4.0
#: px between what both kinds of channels say that counts as agreement.
LABEL_GAP_PX = 1.2
#: What crops count whose label could not be checked.
UNSURE = 0.3


def template_loss(
    net: Soma, mov: Features, ref: Features, truth: Truth, generator: torch.Generator
) -> Tensor:
    """Return the mean cross-entropy over levels, windows and channels, a scalar.

    Args:
        net: for its windows and gains.
        mov: features of the moving crops.
        ref: features of the reference crops.
        truth: of the batch; ``sure`` weighs the crops.
        generator: of the starts.
    """
    total = truth.flow.new_zeros(())
    size = len(truth.flow), 2, 1, 1
    count = (truth.sure * truth.related).sum().clamp_min(1e-3)
    for level, (radius, share) in enumerate(zip(RADII, SHARES, strict=True)):
        stride, stage = STRIDES[level], net.locally[2 - level]
        draw = torch.rand(size, generator=generator, device=truth.flow.device)
        off = (2 * draw - 1) * (radius - 1.2) * stride
        own = normalise(mov.levels[level], mov.masks[level])
        there = normalise(ref.levels[level], ref.masks[level])
        there, seen = overlay(
            there, ref.masks[level], truth.at(stride)[0] + off, stride
        )
        parts = [(slice(None), 1.0)]
        if net.planes:
            parts.append((slice(net.planes, None), ALONE))
        for channels, counts in parts:
            found = coefficients(
                own[:, channels], there[:, channels], mov.masks[level], seen, radius,
                stride, stage.windows,
            )  # fmt: skip
            for gain, votes in zip(stage.gain, found, strict=True):
                shift = (-off / stride).expand(-1, -1, *votes.shape[-2:])
                mask = truth.at(GRID_PX)[1]
                loss = shift_entropy(10 * gain.abs() * votes, shift, mask, radius)
                loss = (loss * truth.sure * truth.related).sum() / count
                total = total + share * counts * loss
    return total


@torch.no_grad()
def settle(
    mov: Features, ref: Features, truth: Truth, kind: Tensor, planes: int
) -> Truth:
    """Put the labels of real pairs right by the shift that a whole crop shows.

    Args:
        mov: features of the moving crops.
        ref: features of the reference crops.
        truth: as labelled.
        kind: (B,) of the samples; see ``data``.
        planes: number of hand-made channels; without them nothing is changed.
    """
    if not planes:
        return truth
    stride = STRIDES[0]
    own = normalise(mov.levels[0], mov.masks[0])
    there = normalise(ref.levels[0], ref.masks[0])
    there, _ = overlay(there, ref.masks[0], truth.at(stride)[0], stride)
    mask, said = mov.masks[0].float(), []
    for channels in (slice(0, planes), slice(planes, None)):
        product, power = (
            local_correlation(a, b, LABEL_RADIUS, 1).mean(dim=(2, 3))
            for a, b in (
                (own[:, channels], there[:, channels]),
                (mask, there[:, channels].square().sum(dim=1, keepdim=True)),
            )
        )
        whole = product * torch.rsqrt(power + 1e-6)
        whole = whole - whole.mean(dim=1, keepdim=True)
        whole = whole / whole.std(dim=1, keepdim=True).clamp_min(1e-6)
        surface = LABEL_SCALE * whole[:, :, None, None]
        here = surface.new_zeros(len(surface), 2, 1, 1)
        shift, _ = near_peaks(surface, here, LABEL_CELLS, LABEL_RADIUS)
        said.append(stride * shift[:, :, 0, 0])
    gap = (said[0] - said[1]).norm(dim=1)
    shift = (said[0] + said[1]) / 2
    checked = (gap < LABEL_GAP_PX) & (shift.norm(dim=1) < stride * LABEL_RADIUS / 2)
    real = kind == REAL
    shift = shift * (checked & real)[:, None]
    moved = torch.cat(
        [truth.motion[:, :, :2], truth.motion[:, :, 2:] + shift[..., None]], dim=2
    )
    return replace(
        truth,
        flow=truth.flow + shift[:, :, None, None],
        motion=moved,
        sure=torch.where(checked | ~real, 1.0, UNSURE).to(truth.related),
    )
