"""Local stages of GLAM, its second step: affine increments and residual flow.

Each stage warps the reference's descriptors by what is known, correlates them
with the moving ones over a small radius, and sums the products over windows:
a dense template matcher on learned features. Windows reach over many cells, so
one for every ``GRID_PX`` pixels says all there is; all that follows runs on that
grid, at every stride. The peak's displacement is corrected by small heads that
start at zero, so an untrained head leaves pure correlation. Affine and flow are
tied twice: the affine is what the windows agree on (``agreement``), and where the
flow is not trusted it falls back to the affine. The release uses deformable
convolutions and no correlation here; both were changed for accuracy and for
speed on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .geometry import apply_affine, centres, resize
from .glam_global import normalise
from .layers import ConvNorm, box_mean, masked_mean, soft_argmax, soften
from .surface_fit import agree, evidence
from .template_matching import GRID_PX, coefficients, overlay, windowed

#: Deviations in cells of the local deformation that a window may report, around the
#: affine at first, then around what the neighbours have said.
BENDS = (2.0, 1.0)
#: Precision of the belief that there is no deformation, one over cells squared.
STIFFNESS = 0.5
#: Windows that a tile of N grid cells holds side by side: N over side^2 times this.
WINDOW_AREA = 2.1


@dataclass(frozen=True)
class Motion:
    """Where the moving pixels go, as one stage knows it.

    Args:
        theta: (B, 2, 3) affine, moving to reference, full-resolution pixels.
        residual: (B, 2, h, w) px, what the flow adds to the affine.
        certainty: (B, 1, h, w) logits.
        stride: of the grid that carries residual and certainty.
    """

    theta: Tensor
    residual: Tensor
    certainty: Tensor
    stride: int

    def positions(self) -> Tensor:
        """Return the reference xy of every cell centre, (B, 2, h, w) px."""
        size = self.residual.shape[-2:]
        here = centres(*size, self.stride, self.residual.device)
        return apply_affine(self.theta, here) + self.residual

    def detached(self) -> Motion:
        """Return the motion as a fact that later losses do not change.

        A stage's correlation depends on where it looks: its loss would push the
        stages before to look where matching is easy, not where it is right.
        """
        return replace(self, theta=self.theta.detach(), residual=self.residual.detach())

    def take(self, index: slice) -> Motion:
        """Select images of the batch."""
        return replace(
            self,
            theta=self.theta[index],
            residual=self.residual[index],
            certainty=self.certainty[index],
        )

    def at(self, height: int, width: int, stride: int) -> Motion:
        """Resample onto the grid of another stride; values keep their unit."""
        return Motion(
            self.theta,
            resize(self.residual, height, width),
            resize(self.certainty, height, width),
            stride,
        )


@dataclass(frozen=True)
class StageOutput:
    """What one local stage did.

    Args:
        motion: the refined motion.
        start: (B, 2, h, w) px, positions before the stage, on the windows' grid.
        flow: (B, 2, h, w) px, positions by its flow head, before it is tied
            to the affine.
        logits: (B, K, h, w) windowed correlation at the shifts around ``start``.
        step_px: px between neighbouring shifts.
        score: (B,) mean correlation coefficient of the large windows where the
            new affine puts them.
    """

    motion: Motion
    start: Tensor
    flow: Tensor
    logits: Tensor
    step_px: int
    score: Tensor


class LocalStage(nn.Module):
    """One refinement at one stride.

    Args:
        stride: 2, 4 or 8.
        channels: of the descriptors.
        radius: of the search, in cells.
        windows: sides of the two voting windows on the grid, odd; a box of that
            side is applied twice.
        smooth: side of the residual flow's smoothing on the grid, odd; applied twice.
        hidden: channels of the heads.
    """

    def __init__(
        self,
        stride: int,
        channels: int,
        radius: int,
        windows: tuple[int, int],
        smooth: int,
        hidden: int,
    ):
        super().__init__()
        self.stride, self.radius, self.windows = stride, radius, windows
        self.block = GRID_PX // stride
        self.smooth = smooth
        self.near = max(radius // 2, 1)
        peak = (2 * self.near + 1) ** 2
        self.gain = nn.Parameter(torch.tensor([1.0, 1.5]))  # in tens
        self.trust = nn.Parameter(torch.tensor([1.0, 1.0]))
        self.trunk = nn.Sequential(
            ConvNorm(peak + 2 * channels, hidden, 3), ConvNorm(hidden, hidden, 3)
        )
        self.flow_head = nn.Conv2d(hidden, 4, 3, padding=1)
        self.affine_head = nn.Linear(hidden, 6)
        for layer in (self.flow_head, self.affine_head):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, mov: Tensor, ref: Tensor, mov_mask: Tensor, ref_mask: Tensor, past: Motion
    ) -> StageOutput:
        """Refine a motion.

        Args:
            mov: (B, C, h, w) descriptors at this stride.
            ref: (B, C, H, W) descriptors at this stride.
            mov_mask: (B, 1, h, w) valid cells.
            ref_mask: (B, 1, H, W) valid cells.
            past: the motion so far, on the windows' grid.

        Returns:
            The refined motion and what led to it, on the windows' grid.
        """
        (mov, there, ref_valid), votes = self._compare(
            mov, ref, mov_mask, ref_mask, past, self.windows
        )
        logits = sum(10 * g.abs() * v for g, v in zip(self.gain, votes, strict=True))
        soft = soften(logits, self.radius)
        peak, _, _ = soft_argmax(soft, self.radius, self.near)
        _, mass, around = soft_argmax(logits, self.radius, self.near)

        start = past.positions()
        own, other, usable = (
            F.avg_pool2d(x, self.block) for x in (mov, there, mov_mask * ref_valid)
        )
        hidden = self.trunk(torch.cat([around, own, other], dim=1))
        extra = self.flow_head(hidden).float()
        flow = start + (peak + extra[:, :2]) * self.stride
        certainty = past.certainty + extra[:, 2:3]
        certainty = certainty + self.trust[0] * torch.logit(mass, 0.02) + self.trust[1]
        # How much a place counts, for the affine and against its neighbours.
        counts = usable * torch.sigmoid(extra[:, 3:])
        # Features learn from the correlation alone (``peak_loss``); the gradient of
        # the fit, which divides by what a window knows, would be all noise.
        fit, score = self._fit(votes[-1].detach(), own, usable, start, past.theta)
        theta = self.affine(fit, hidden, usable, past.theta)
        residual = self.residual(soft.detach(), counts, extra[:, :2], start, theta)
        motion = Motion(theta, residual, certainty, GRID_PX)
        return StageOutput(motion, start, flow, logits, self.stride, score)

    def score(
        self, mov: Tensor, ref: Tensor, mov_mask: Tensor, ref_mask: Tensor, past: Motion
    ) -> Tensor:
        """Return only the score that ``forward`` has for a motion, (B,)."""
        (mov, _, valid), votes = self._compare(
            mov, ref, mov_mask, ref_mask, past, self.windows[-1:]
        )
        pooled, usable = (F.avg_pool2d(x, self.block) for x in (mov, mov_mask * valid))
        return self._fit(votes[-1], pooled, usable, past.positions(), past.theta)[1]

    def _compare(
        self,
        mov: Tensor,
        ref: Tensor,
        mov_mask: Tensor,
        ref_mask: Tensor,
        past: Motion,
        windows: tuple[int, ...],
    ) -> tuple[tuple[Tensor, Tensor, Tensor], list[Tensor]]:
        """Return both descriptors and what is valid on the moving grid, and votes."""
        mov = normalise(mov, mov_mask)
        where = past.at(*mov.shape[-2:], self.stride).positions()
        ref = normalise(ref, ref_mask)
        there, ref_valid = overlay(ref, ref_mask, where, self.stride)
        votes = coefficients(
            mov, there, mov_mask, ref_valid, self.radius, self.stride, windows
        )
        return (mov, there, ref_valid), votes

    def _fit(
        self, votes: Tensor, mov: Tensor, usable: Tensor, start: Tensor, theta: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Fit the affine to the large windows; return it and their mean coefficient.

        ``mov`` and ``usable`` are means over the cells of the windows' grid.
        """
        here = centres(*start.shape[-2:], GRID_PX, start.device)
        energy = mov.square().sum(dim=1, keepdim=True) * usable
        # What a window really looks at: off its middle where the rim cuts it.
        side = self.windows[-1]
        mass = windowed(energy, side).clamp_min(1e-6)
        middle = windowed(energy * here, side) / mass
        aim = start + torch.einsum("bij,bjhw->bihw", theta[:, :, :2], middle - here)
        weight = (mass / mass.amax(dim=(2, 3), keepdim=True)).sqrt()
        noise = votes.std(dim=(1, 2, 3), keepdim=True) + 1e-6
        cells = start.shape[2] * start.shape[3]
        independent = start.new_full((len(start),), cells / (WINDOW_AREA * side**2))
        affine, value = agree(
            votes / noise, weight, middle, aim, theta, self.radius, self.stride,
            independent,
        )  # fmt: skip
        return affine, value * noise[:, 0, 0, 0]

    def affine(
        self, by_windows: Tensor, hidden: Tensor, usable: Tensor, past: Tensor
    ) -> Tensor:
        """Return the new affine: the windows' and a learned increment, (B, 2, 3)."""
        return by_windows + self._increment(hidden, usable)

    def _increment(self, hidden: Tensor, usable: Tensor) -> Tensor:
        """Return the learned increment about the tile's centre, (B, 2, 3)."""
        here = centres(*hidden.shape[-2:], GRID_PX, hidden.device)
        centre = (here[:, 0, 0] + here[:, -1, -1]) / 2  # a list would make a GPU wait
        mean = masked_mean(hidden.float(), usable)[:, :, 0, 0]
        delta = self.affine_head(mean).view(-1, 2, 3) * self.stride
        # The linear part counts over half the tile's side.
        linear = delta[:, :, :2] / centre
        shift = delta[:, :, 2:] - linear @ centre[:, None]
        return torch.cat([linear, shift], dim=2)

    def residual(
        self,
        logits: Tensor,
        counts: Tensor,
        extra: Tensor,
        start: Tensor,
        theta: Tensor,
    ) -> Tensor:
        """Return what the flow adds to the affine, (B, 2, h, w) px."""
        here = centres(*start.shape[-2:], GRID_PX, start.device)
        return self.bend(logits, counts, extra, start, apply_affine(theta, here))

    def bend(
        self,
        logits: Tensor,
        counts: Tensor,
        extra: Tensor,
        start: Tensor,
        base: Tensor,
    ) -> Tensor:
        """Return by how much the windows leave a prediction, (B, 2, h, w) px.

        Args:
            logits: (B, K, h, w) of the shifts around ``start``.
            counts: (B, 1, h, w) how much a place counts, 0 to 1.
            extra: (B, 2, h, w) the flow head's correction, in cells.
            start: (B, 2, h, w) px, positions before the stage.
            base: (B, 2, h, w) px, the predicted positions.
        """
        bend = torch.zeros_like(base)
        for width in BENDS:
            predicted = (base + bend - start) / self.stride
            own, precision = evidence(logits, predicted, width, self.radius)
            rest = start + (own + extra) * self.stride - base
            weight = precision * counts
            # Normalised smoothing; the constant draws what says little to the base.
            total = torch.cat([rest * weight, weight], dim=1)
            total = box_mean(box_mean(total, self.smooth), self.smooth)
            bend = total[:, :2] / (total[:, 2:] + STIFFNESS)
        return bend
