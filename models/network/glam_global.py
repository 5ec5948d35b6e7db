"""Global stage of GLAM, the Global-Local Affine-Flow Matcher; the paper's first step.

The release pools concatenated features and regresses six numbers, without
ever comparing places of the two images; that does not generalise. Here every
place of the moving image is compared with every place of the reference:

- a template correlation of the whole tile at stride 8 gives a translation,
- a correlation volume of patches at stride 16, normalised by a dual softmax (LoFTR,
  Sun et al. 2021), gives a field of matches and from it, in closed form, a robust
  affine,
- whichever placement the features agree with better is handed on.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .encoder import Features
from .geometry import apply_affine, centres, fit_affine, sample
from .layers import box_mean, local_correlation

NEVER = -1e4  # a logit that no softmax can revive, finite in every dtype


@dataclass(frozen=True)
class Coarse:
    """What the global stage found.

    Args:
        theta: (B, 2, 3) moving to reference, full-resolution pixels.
        score: (B,) agreement of the features at ``theta``, about 0 to 1.
        heat: (B, Hd, Wd) logits of the translations, channel-summed template
            correlation at stride 8; entry (i, j) is the shift
            (j - Wm + 1, i - Hm + 1) cells.
        volume: (B, Nm, Nr) logits of the patch matches at stride 16.
    """

    theta: Tensor
    score: Tensor
    heat: Tensor
    volume: Tensor


def normalise(level: Tensor, mask: Tensor) -> Tensor:
    """Centre descriptors over valid cells and scale them to unit mean square norm.

    One scale per tile, not per cell: how long a descriptor is stays a learned
    statement of how telling its place is.
    """
    level, mask = level.float(), mask.float()
    count = mask.sum(dim=(2, 3), keepdim=True).clamp_min(1.0)
    level = (level - (level * mask).sum(dim=(2, 3), keepdim=True) / count) * mask
    power = (level**2).sum(dim=(1, 2, 3), keepdim=True) / count
    return level * torch.rsqrt(power + 1e-6)


def agreement(mov: Tensor, ref: Tensor, mask: Tensor, theta: Tensor) -> Tensor:
    """Return how well normalised stride-8 descriptors agree under an affine; (B,).

    Each place may slip by one cell, and windows of 5 x 5 cells vote.
    """
    where = apply_affine(theta, centres(*mov.shape[-2:], 8, mov.device))
    there, inside = sample(ref, where, 8)
    votes = box_mean(local_correlation(mov, there * inside, 1), 5).amax(dim=1)
    count = mask.sum(dim=(1, 2, 3)).clamp_min(1.0)
    return (votes * mask[:, 0]).sum(dim=(1, 2)) / count


class GlobalStage(nn.Module):
    """Places one tile on another without a close first guess; no weights but two."""

    def __init__(self):
        super().__init__()
        # In tens, so that they learn as fast as the other weights.
        self.heat_gain = nn.Parameter(torch.tensor(2.0))
        self.volume_gain = nn.Parameter(torch.tensor(0.8))

    def forward(
        self,
        mov: Features,
        ref: Features,
        prior: Tensor,
        shift_px: Tensor,
        reach_px: Tensor,
    ) -> Coarse:
        """Place the moving tiles.

        Args:
            mov: features of the moving images.
            ref: features of the reference images.
            prior: (B, 2, 3) expected placement.
            shift_px: (B,) how far the centre may be, per axis, from where
                ``prior`` puts it.
            reach_px: (B,) how far any place may be from there.

        Returns:
            Placement and evidence.
        """
        mov8, ref8 = (normalise(f.levels[2], f.masks[2]) for f in (mov, ref))
        heat = self._heat(mov8, ref8, mov.masks[2], ref.masks[2])
        shift = _best_shift(heat, mov8.shape, prior, shift_px)
        volume, positions = self._volume(mov, ref, prior, reach_px)
        match_xy, weight = _match_field(volume, ref.levels[3].shape[-2:], 16)
        affine = _fit(match_xy, weight, positions, prior)
        translation = torch.cat([prior[:, :, :2], shift[..., None]], dim=2)
        with torch.no_grad():
            scores = torch.stack(
                [
                    agreement(mov8, ref8, mov.masks[2], theta)
                    for theta in (translation, affine)
                ]
            )
            take = (scores[1] > scores[0])[:, None, None]
        return Coarse(
            torch.where(take, affine, translation),
            scores.amax(dim=0),
            heat * (10 * self.heat_gain),
            volume,
        )

    def _heat(self, mov: Tensor, ref: Tensor, mov_mask: Tensor, ref_mask: Tensor):  # noqa: ANN202
        size = [m + r - 1 for m, r in zip(mov.shape[-2:], ref.shape[-2:], strict=True)]
        products = cross_correlate(mov, ref, size)
        overlap = cross_correlate(mov_mask.float(), ref_mask.float(), size)
        enough = 0.4 * mov_mask.sum(dim=(1, 2, 3))[:, None, None]
        return products / torch.maximum(overlap, enough).clamp_min(1.0)

    def _volume(
        self, mov: Features, ref: Features, prior: Tensor, reach_px: Tensor
    ) -> tuple[Tensor, Tensor]:
        tokens = []
        for features in (mov, ref):
            level = normalise(features.levels[3], features.masks[3])
            tokens.append(F.unfold(level, 3, padding=1) / 3.0)
        volume = 10 * self.volume_gain * torch.einsum("bcm,bcr->bmr", *tokens)
        here = centres(*mov.levels[3].shape[-2:], 16, volume.device)
        there = centres(*ref.levels[3].shape[-2:], 16, volume.device).flatten(1)
        expected = apply_affine(prior, here).flatten(2)
        far = torch.cdist(
            expected.transpose(1, 2), there.T.expand(len(prior), -1, -1)
        ) > (reach_px[:, None, None] + 16)
        closed = far | (mov.masks[3].flatten(2).transpose(1, 2) == 0)
        closed = closed | (ref.masks[3].flatten(2) == 0)
        return volume.masked_fill(closed, NEVER), here.flatten(1)


def cross_correlate(mov: Tensor, ref: Tensor, size: list[int]) -> Tensor:
    """Sum ``mov(p) * ref(p + d)`` over p and channels for all shifts d.

    Args:
        mov: (B, C, h, w).
        ref: (B, C, H, W).
        size: rows and columns of the result; h + H - 1 and w + W - 1 for all shifts,
            or at least the longer side and r for shifts of up to r.

    Returns:
        (B, *size), shift 0 at row h - 1 and column w - 1.
    """
    mov, ref = mov.float(), ref.float()
    fast = [side + -side % 8 for side in size]  # 127, say, is slow: a prime
    spectrum = torch.fft.rfft2(mov.flip((2, 3)), s=fast) * torch.fft.rfft2(ref, s=fast)
    return torch.fft.irfft2(spectrum.sum(dim=1), s=fast)[:, : size[0], : size[1]]


def _best_shift(
    heat: Tensor, mov_shape: torch.Size, prior: Tensor, shift_px: Tensor
) -> Tensor:
    """Return the best allowed translation in px, (B, 2)."""
    height, width = mov_shape[-2:]
    rows, columns = heat.shape[-2:]
    device = heat.device
    dy = (torch.arange(rows, device=device) - (height - 1)) * 8.0
    dx = (torch.arange(columns, device=device) - (width - 1)) * 8.0
    centre = torch.tensor([width * 4.0, height * 4.0], device=device)
    expected = prior[:, :, :2] @ centre + prior[:, :, 2] - centre
    reach = (shift_px + 8)[:, None, None]
    open_x = (dx[None, None, :] - expected[:, 0, None, None]).abs() <= reach
    open_y = (dy[None, :, None] - expected[:, 1, None, None]).abs() <= reach
    allowed = heat.masked_fill(~(open_x & open_y), NEVER).flatten(1)
    best = allowed.argmax(dim=1)
    peak_x, peak_y = dx[best % columns], dy[best // columns]
    # The translation of the tile's centre, written as that of the origin.
    moved = torch.stack([peak_x, peak_y], dim=1) + centre - prior[:, :, :2] @ centre
    return moved


def _match_field(
    volume: Tensor, ref_size: torch.Size, stride: int
) -> tuple[Tensor, Tensor]:
    """Soft-argmax in 3 x 3 cells round the dual-softmax peak.

    Returns:
        (B, 2, Nm) reference xy in px; (B, Nm) confidence 0 to 1.
    """
    both = volume.softmax(dim=2) * volume.softmax(dim=1)
    rows, columns = ref_size
    best = both.detach().argmax(dim=2, keepdim=True)
    step = torch.arange(9, device=volume.device)
    cell_x, cell_y = best % columns + step % 3 - 1, best // columns + step // 3 - 1
    inside = (cell_x >= 0) & (cell_x < columns) & (cell_y >= 0) & (cell_y < rows)
    cell = cell_y.clamp(0, rows - 1) * columns + cell_x.clamp(0, columns - 1)
    probability = both.gather(2, cell) * inside
    mass = probability.sum(dim=2)
    cells = (torch.stack([cell_x, cell_y], dim=1).float() + 0.5) * stride
    match_xy = (probability[:, None] * cells).sum(dim=3) / mass.clamp_min(1e-8)[:, None]
    return match_xy, mass.clamp(0.0, 1.0)


def _fit(match_xy: Tensor, weight: Tensor, positions: Tensor, prior: Tensor) -> Tensor:
    source = positions.T.expand(len(prior), -1, -1)
    return fit_affine(
        source, match_xy.transpose(1, 2), weight, prior, cauchy_px=8.0, ridge=0.03
    )
