"""SOMA without one of its parts, for studies; the shipped network has no switches.

Each variant is built from the whole network's own parts, so that it differs in what
its name says alone. Its weights fit no other: their architecture names the variant,
which ``models.weights.load_network`` does not know and refuses.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.base.errors import BadInput
from ..models.network.fge import DIRECTIONS
from ..models.network.geometry import apply_affine, centres
from ..models.network.glam_local import LocalStage
from ..models.network.soma import Soma, SomaConfig
from ..models.network.template_matching import GRID_PX
from ..models.weights import Record, filled, read


class FreeBank(nn.Module):
    """As many trainable, randomly initialised 3x3 filters as ``GradientBank`` has.

    The paper very likely compares with these.

    Args:
        channels: C of the input.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.filters = nn.Conv2d(
            channels, channels * 2 * DIRECTIONS, 3, padding=1, groups=channels,
            bias=False,
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C * 16, H, W), values at least 0."""
        return F.relu(self.filters(x))


class Unenhanced(nn.Module):
    """Stands where the enhancer is left out."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the valid features unchanged."""
        return x * mask


class NoPlanes(nn.Module):
    """Stands where hand-made descriptors are left out."""

    def forward(
        self, image: Tensor, valid: Tensor, masks: tuple[Tensor, ...]
    ) -> list[Tensor]:
        """Return descriptors without channels, (B, 0, h, w) for every mask."""
        return [mask.float()[:, :0] for mask in masks]


class LearnedAlone(Soma):
    """SOMA without hand-made descriptors."""

    planes = 0

    def __init__(self, config: SomaConfig):
        super().__init__(config)
        for encoder in self.encoders.values():
            encoder.prior = NoPlanes()


class AffineStage(LocalStage):
    """A local stage that fits an affine and adds no flow to it."""

    def residual(
        self,
        logits: Tensor,
        counts: Tensor,
        extra: Tensor,
        start: Tensor,
        theta: Tensor,
    ) -> Tensor:
        """Return zeros, (B, 2, h, w)."""
        return torch.zeros_like(start)


class FlowStage(LocalStage):
    """A local stage that adds flow and leaves the affine as it was."""

    def affine(
        self, by_windows: Tensor, hidden: Tensor, usable: Tensor, past: Tensor
    ) -> Tensor:
        """Return the affine before the stage."""
        return past

    def residual(
        self,
        logits: Tensor,
        counts: Tensor,
        extra: Tensor,
        start: Tensor,
        theta: Tensor,
    ) -> Tensor:
        """Return what the flow so far and this stage add to the affine."""
        here = centres(*start.shape[-2:], GRID_PX, start.device)
        bend = self.bend(logits, counts, extra, start, start)
        return start - apply_affine(theta, here) + bend


class AffineOnly(Soma):
    """SOMA whose local stages add no flow."""

    stage = AffineStage


class FlowOnly(Soma):
    """SOMA whose local stages keep the affine of the global stage."""

    stage = FlowStage


def without_enhancer(config: SomaConfig) -> Soma:
    """Return SOMA without the three FGE blocks of both encoders."""
    net = Soma(config)
    for encoder in net.encoders.values():
        encoder.enhance = nn.ModuleList(Unenhanced() for _ in encoder.enhance)
    return net


def with_free_filters(config: SomaConfig) -> Soma:
    """Return SOMA with trainable filters in place of Gaussian derivatives."""
    net = Soma(config)
    for encoder in net.encoders.values():
        for enhancer in encoder.enhance:
            enhancer.bank = FreeBank(enhancer.bank.channels)
    return net


#: Name of the variant, "" for the whole network, to what builds it.
VARIANTS: dict[str, Callable[[SomaConfig], Soma]] = {
    "": Soma,
    "no-fge": without_enhancer,
    "free-filters": with_free_filters,
    "learned-alone": LearnedAlone,
    "affine-only": AffineOnly,
    "flow-only": FlowOnly,
}


def build(config: SomaConfig, variant: str = "") -> Soma:
    """Return an untrained network; raises BadInput for an unknown variant."""
    if variant not in VARIANTS:
        names = ", ".join(name for name in VARIANTS if name)
        raise BadInput(f"variant is one of {names}, or empty; got {variant!r}.")
    return VARIANTS[variant](config)


def architecture(config: SomaConfig, variant: str) -> dict[str, Any]:
    """Return what checkpoints and weights files say of a network."""
    return {**config.to_dict(), **({"variant": variant} if variant else {})}


def described(architecture: dict[str, Any]) -> tuple[SomaConfig, str]:
    """Return what ``architecture`` was made of; ValueError on unknown keys."""
    values = dict(architecture)
    variant = values.pop("variant", "")
    return SomaConfig.from_dict(values), variant


def built(architecture: dict[str, Any]) -> Soma:
    """Return the untrained network of ``architecture``; ValueError, BadInput."""
    return build(*described(architecture))


def load_variant(path: Path) -> tuple[Soma, Record]:
    """Build the network or variant that a weights file describes and fill it.

    Raises BadInput when the weights do not fit their own description.
    """
    state, record = read(path)
    return filled(path, state, lambda: built(record.architecture)), record
