"""Positions, affines and sampling on tensors, in one pixel convention.

Everywhere in this package ``xy`` = (column, row) with the raster's corner at
(0, 0) and the centre of the first pixel at (0.5, 0.5), in full-resolution
pixels, whatever the stride of the grid that carries it. A position at stride
``s`` is the full-resolution position divided by ``s``, with no half-pixel
term, and a displacement never has to be rescaled when its grid is resampled.
The authors' release mixes (y, x) with (x, y), corner-aligned with
centre-aligned grids and half with full-size displacements; keeping one unit
rules out all three.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def centres(height: int, width: int, stride: int, device: torch.device) -> Tensor:
    """Return the cell centres of a grid.

    Returns:
        (2, height, width) float32, xy in full-resolution pixels.
    """
    x = (torch.arange(width, device=device, dtype=torch.float32) + 0.5) * stride
    y = (torch.arange(height, device=device, dtype=torch.float32) + 0.5) * stride
    return torch.stack(torch.meshgrid(y, x, indexing="ij")).flip(0)


def apply_affine(theta: Tensor, xy: Tensor) -> Tensor:
    """Map positions by affines.

    Args:
        theta: (B, 2, 3), in full-resolution pixels.
        xy: (2, h, w) or (B, 2, h, w) positions.

    Returns:
        (B, 2, h, w) positions.
    """
    linear, shift = theta[:, :, :2], theta[:, :, 2]
    if xy.dim() == 3:
        mapped = torch.einsum("bij,jhw->bihw", linear, xy)
    else:
        mapped = torch.einsum("bij,bjhw->bihw", linear, xy)
    return mapped + shift[:, :, None, None]


def compose(outer: Tensor, inner: Tensor) -> Tensor:
    """Return the affine that applies ``inner`` first, then ``outer``; (B, 2, 3)."""
    linear = outer[:, :, :2] @ inner[:, :, :2]
    shift = outer[:, :, :2] @ inner[:, :, 2:] + outer[:, :, 2:]
    return torch.cat([linear, shift], dim=2)


def inverse_2x2(matrix: Tensor) -> Tensor:
    """Return the inverses of (B, 2, 2); written out, as a GPU waits for solvers."""
    a, b, c, d = matrix.flatten(1).unbind(dim=1)
    adjugate = torch.stack([d, -b, -c, a], dim=1).view(-1, 2, 2)
    return adjugate / (a * d - b * c)[:, None, None]


def invert(theta: Tensor) -> Tensor:
    """Return the inverse of affines (B, 2, 3)."""
    linear = inverse_2x2(theta[:, :, :2])
    return torch.cat([linear, -linear @ theta[:, :, 2:]], dim=2)


def identity(batch: int, device: torch.device) -> Tensor:
    """Return ``batch`` identity affines, (B, 2, 3) float32."""
    return torch.eye(2, 3, device=device).expand(batch, 2, 3).clone()


def matrix_of(theta: Tensor) -> np.ndarray:
    """Return one affine (2, 3) as a (3, 3) float64 matrix."""
    return np.vstack([theta.cpu().numpy(), [0.0, 0.0, 1.0]])


def sample(image: Tensor, xy: Tensor, stride: int = 1) -> tuple[Tensor, Tensor]:
    """Read an image at positions by bilinear interpolation.

    Args:
        image: (B, C, H, W), one cell per ``stride`` full-resolution pixels.
        xy: (B, 2, h, w) full-resolution positions.

    Returns:
        (B, C, h, w) values, edge values repeated outside; and (B, 1, h, w)
        float mask, 1 where the position lies on the image.
    """
    height, width = image.shape[-2:]
    size = torch.tensor([width, height], device=xy.device, dtype=xy.dtype) * stride
    unit = xy.permute(0, 2, 3, 1) / size  # corner origin: 0..1 spans the raster
    values = F.grid_sample(
        image,
        (2 * unit - 1).to(image.dtype),
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    inside = ((unit >= 0) & (unit <= 1)).all(dim=-1, keepdim=True)
    return values, inside.permute(0, 3, 1, 2).to(image.dtype)


def resize(field: Tensor, height: int, width: int) -> Tensor:
    """Resample a field (B, C, h, w) bilinearly onto another grid of the same area.

    Values keep their unit (full-resolution pixels). Outside the outermost cell
    centres the edge value is repeated, so affine motion is added analytically
    and only residuals pass through here.
    """
    if field.shape[-2:] == (height, width):
        return field
    return F.interpolate(field, (height, width), mode="bilinear", align_corners=False)


def shrink_mask(valid: Tensor, stride: int) -> Tensor:
    """Reduce a mask (B, 1, H, W) to stride ``stride``: 1 where all pixels are valid."""
    if stride == 1:
        return valid
    return (F.avg_pool2d(valid, stride) > 0.999).to(valid.dtype)


def fit_affine(
    source: Tensor,
    target: Tensor,
    weight: Tensor,
    prior: Tensor,
    rounds: int = 2,
    cauchy_px: float = 4.0,
    ridge: float = 1e-3,
) -> Tensor:
    """Fit affines to weighted point pairs in closed form (fp32), robustly.

    Weighted normal equations with a Tikhonov pull of the linear part toward
    ``prior``, then ``rounds`` of iteratively reweighted least squares with
    Cauchy weights. Takes the place of the regression of six numbers by
    pooling (GLAM's global stage): a closed form needs no training and
    generalises.

    Args:
        source: (B, N, 2) xy px.
        target: (B, N, 2) xy px.
        weight: (B, N), at least 0.
        prior: (B, 2, 3) what to return without evidence.
        rounds: reweighting rounds.
        cauchy_px: residual at which a point counts half.
        ridge: strength of the pull, as a share of all weight.

    Returns:
        (B, 2, 3) affines.
    """
    source, target, weight = source.float(), target.float(), weight.float()
    centre = source.mean(dim=1, keepdim=True)
    spread = (source - centre).abs().mean(dim=(1, 2), keepdim=True).clamp_min(1.0)
    unit = (source - centre) / spread
    design = torch.cat([unit, torch.ones_like(unit[..., :1])], dim=2)
    # Residuals against the prior: the ridge then pulls toward zero.
    start = torch.einsum("bij,bnj->bni", prior[:, :, :2], source) + prior[:, None, :, 2]
    residual = target - start
    pull = torch.diag(torch.tensor([1.0, 1.0, 1e-2], device=source.device))
    current = weight
    solution = torch.zeros_like(residual[:, :3])
    for step in range(rounds + 1):
        if step:
            error = (residual - design @ solution).norm(dim=2)
            current = weight / (1 + (error.detach() / cauchy_px) ** 2)
        weighted = design * current[..., None]
        strength = ridge * current.sum(dim=1) + 1e-6
        normal = weighted.transpose(1, 2) @ design + strength[:, None, None] * pull
        aim = weighted.transpose(1, 2) @ residual
        # Never singular, thanks to the ridge; a check would make a GPU wait.
        solution = torch.linalg.solve_ex(normal, aim)[0]
    linear = solution[:, :2].transpose(1, 2) / spread
    shift = solution[:, 2][..., None] - linear @ centre.transpose(1, 2)
    return prior + torch.cat([linear, shift], dim=2)


def fit_steady_affine(
    source: Tensor, target: Tensor, weight: Tensor, prior: Tensor, stiffness: Tensor
) -> Tensor:
    """Fit affines by least squares (fp32), drawn towards the best similarity.

    Args:
        source: (B, N, 2) xy px.
        target: (B, N, 2) xy px.
        weight: (B, N), at least 0.
        prior: (B, 2, 3) what to return where there is no weight.
        stiffness: (B,) px^2 of leverage at which data and similarity count alike.

    Returns:
        (B, 2, 3) affines.
    """
    total = weight.sum(dim=1, keepdim=True)
    share = (weight / total.clamp_min(1e-12))[..., None]
    middle = (share * source).sum(dim=1, keepdim=True)
    aim = (share * target).sum(dim=1, keepdim=True)
    s, t = source - middle, target - aim
    moment = s.transpose(1, 2) @ (share * s)
    cross = s.transpose(1, 2) @ (share * t)
    norm = (moment[:, 0, 0] + moment[:, 1, 1]).clamp_min(1e-6)
    along = (cross[:, 0, 0] + cross[:, 1, 1]) / norm
    across = (cross[:, 0, 1] - cross[:, 1, 0]) / norm
    similar = torch.stack([along, across, -across, along], dim=1).view(-1, 2, 2)
    ridge = (stiffness + 1e-6 * norm)[:, None, None]
    eye = torch.eye(2, device=source.device)
    solved = inverse_2x2(moment + ridge * eye) @ (cross + ridge * similar)
    linear = solved.transpose(1, 2)
    shift = aim.transpose(1, 2) - linear @ middle.transpose(1, 2)
    found = torch.cat([linear, shift], dim=2)
    return torch.where(total[..., None] > 1e-9, found, prior)
