"""Building blocks that more than one part of the network uses."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import correlation_cpu


class ConvNorm(nn.Module):
    """Convolution, batch norm and, unless told otherwise, ReLU.

    Batch norm in place of the group and instance norms of the paper's sketch:
    in inference it is a constant affine per channel, so that a result does not
    depend on padding, nodata or the size of the tile, and costs nothing.
    """

    def __init__(
        self,
        c_in: int,
        c_out: int,
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        dilation: int = 1,
        relu: bool = True,
    ):
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(
            c_in, c_out, kernel, stride, padding, dilation, groups, bias=False
        )
        self.norm = nn.BatchNorm2d(c_out)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, c_in, H, W) to (B, c_out, H / stride, W / stride)."""
        x = self.norm(self.conv(x))
        return F.relu(x, inplace=True) if self.relu else x


class ResBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut; the first may reduce the size or dilate."""

    def __init__(self, c_in: int, c_out: int, stride: int = 1, dilation: int = 1):
        super().__init__()
        self.first = ConvNorm(c_in, c_out, 3, stride, dilation=dilation)
        self.second = ConvNorm(c_out, c_out, 3, relu=False)
        same = c_in == c_out and stride == 1
        self.shortcut = (
            nn.Identity() if same else ConvNorm(c_in, c_out, 1, stride, relu=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, c_in, H, W) to (B, c_out, H / stride, W / stride)."""
        return F.relu(self.shortcut(x) + self.second(self.first(x)), inplace=True)


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Average (B, C, H, W) over valid cells of (B, 1, H, W); (B, C, 1, 1)."""
    total = (x * mask).sum(dim=(2, 3), keepdim=True)
    return total / mask.sum(dim=(2, 3), keepdim=True).clamp_min(1.0)


@functools.cache
def _kernels() -> ModuleType | None:
    """Return the kernels for CUDA, None where Triton or its compiler is missing."""
    try:
        from . import correlation_cuda as kernels

        probe = torch.ones(1, 1, 2, 2, device="cuda")
        kernels.forward(probe, probe, 1, 1)
    except torch.OutOfMemoryError:
        raise  # passes; what is returned here is kept
    except Exception:  # noqa: BLE001 - whatever a missing compiler leads to
        return None
    return kernels


class _Correlation(torch.autograd.Function):
    """Products summed over channels, averaged over blocks, for every shift.

    Neither an unfolded copy nor the products of single cells are ever held.
    """

    @staticmethod
    def forward(ctx: Any, f0: Tensor, f1: Tensor, radius: int, block: int) -> Tensor:
        kernels = _kernels() if f0.is_cuda and f0.dtype == torch.float32 else None
        if kernels is not None:
            f0, f1 = f0.contiguous(), f1.contiguous()
        ctx.save_for_backward(f0, f1)
        ctx.radius, ctx.block, ctx.kernels = radius, block, kernels
        if kernels is not None:
            return kernels.forward(f0, f1, radius, block)
        if f0.device.type == "cpu":
            return correlation_cpu.forward(f0, f1, radius, block)
        batch, _, height, width = f0.shape
        padded = F.pad(f1, (radius,) * 4)
        side = 2 * radius + 1
        out = f0.new_empty(batch, side * side, height // block, width // block)
        for index in range(side * side):
            dy, dx = divmod(index, side)
            window = padded[:, :, dy : dy + height, dx : dx + width]
            products = torch.sum(f0 * window, dim=1, keepdim=True)
            out[:, index : index + 1] = F.avg_pool2d(products, block)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        f0, f1 = ctx.saved_tensors
        radius, block = ctx.radius, ctx.block
        if ctx.kernels is not None:
            both = ctx.kernels.backward(grad.contiguous(), f0, f1, radius, block)
            return *both, None, None
        height, width = f0.shape[-2:]
        padded = F.pad(f1, (radius,) * 4)
        side = 2 * radius + 1
        grad0, grad1 = torch.zeros_like(f0), torch.zeros_like(padded)
        grad = grad / block**2
        for index in range(side * side):
            dy, dx = divmod(index, side)
            rows, columns = slice(dy, dy + height), slice(dx, dx + width)
            step = grad[:, index : index + 1]
            if block > 1:
                step = F.interpolate(step, scale_factor=float(block))
            grad0.addcmul_(step, padded[:, :, rows, columns])
            grad1[:, :, rows, columns].addcmul_(step, f0)
        inner = slice(radius, radius + height), slice(radius, radius + width)
        return grad0, grad1[:, :, inner[0], inner[1]], None, None


def local_correlation(f0: Tensor, f1: Tensor, radius: int, block: int = 1) -> Tensor:
    """Correlate every block of ``f0`` with ``f1`` around it.

    Args:
        f0: (B, C, H, W).
        f1: (B, C, H, W) on the same grid.
        radius: largest shift in cells.
        block: side of the blocks in cells; divides H and W.

    Returns:
        (B, (2 radius + 1)^2, H / block, W / block); channel
        ``(dy + radius) * side + dx + radius`` is the mean over the block of the
        products of ``f0`` at (x, y) with ``f1`` at (x + dx, y + dy), 0 beyond
        the edge.
    """
    return _Correlation.apply(f0, f1, radius, block)


class _BoxMean(torch.autograd.Function):
    """Windowed mean; being symmetric, it is its own gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, side: int) -> Tensor:
        ctx.side = side
        half, channels = side // 2, x.shape[1]
        if x.device.type == "cpu":
            # Pooling takes ten times as long there.
            row = x.new_full((channels, 1, 1, side), 1 / side)
            x = x.contiguous(memory_format=torch.channels_last)
            x = F.conv2d(x, row, padding=(0, half), groups=channels)
            column = row.transpose(2, 3)
            return F.conv2d(x, column, padding=(half, 0), groups=channels)
        x = F.avg_pool2d(x, (1, side), 1, (0, half))
        return F.avg_pool2d(x, (side, 1), 1, (half, 0))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        grad = grad.contiguous(memory_format=torch.channels_last)
        return _BoxMean.forward(ctx, grad, ctx.side), None


def box_mean(x: Tensor, side: int) -> Tensor:
    """Average (B, C, H, W) over ``side`` x ``side`` cells; zeros beyond the edge.

    ``side`` is odd. Pooling both axes in turn, and writing the gradient as the
    same operation, is several times faster than a square pooling.
    """
    return x if side == 1 else _BoxMean.apply(x, side)


def shifts(radius: int, device: torch.device) -> Tensor:
    """Return the (dx, dy) of each channel of ``local_correlation``; (K, 2)."""
    axis = torch.arange(-radius, radius + 1, device=device, dtype=torch.float32)
    return torch.stack(torch.meshgrid(axis, axis, indexing="ij")).flip(0).flatten(1).T


def highest(x: Tensor) -> Tensor:
    """Return the first channel with the highest value, (B, 1, H, W) int64.

    Of (B, K, H, W). On a CPU torch's own ``argmax`` takes several times as long.
    """
    x = x.detach()
    if x.device.type != "cpu":
        return x.argmax(dim=1, keepdim=True)
    last = x.shape[1] - 1
    channel = torch.arange(last + 1, dtype=x.dtype)[:, None, None]
    below = (x - x.amax(dim=1, keepdim=True)).mul_(1e30).sub_(channel)
    return below.amax(dim=1, keepdim=True).neg_().long().clamp_(0, last)


def soft_argmax(
    logits: Tensor, radius: int, near: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    """Read the sub-cell peak of a local correlation volume.

    The expectation is taken over the cells within ``near`` of the highest one:
    over the whole window it would be drawn to the window's centre. Close to the
    window's edge the neighbourhood is shifted inward, not cut.

    Args:
        logits: (B, K, H, W), K = (2 radius + 1)^2.
        radius: of the volume.
        near: of the neighbourhood, at most ``radius``.

    Returns:
        (B, 2, H, W) displacement xy in cells; (B, 1, H, W) share of the
        probability that lies in the neighbourhood; (B, (2 near + 1)^2, H, W)
        probabilities in it, of the whole.
    """
    side = 2 * radius + 1
    best = highest(logits)
    best_x = (best % side).clamp(near, side - 1 - near)
    best_y = (best // side).clamp(near, side - 1 - near)
    local = shifts(near, logits.device)
    step = (local[:, 1] * side + local[:, 0]).long()[None, :, None, None]
    around = logits.gather(1, best_y * side + best_x + step)
    probability = (around - logits.logsumexp(dim=1, keepdim=True)).exp()
    mass = probability.sum(dim=1, keepdim=True)
    offset = torch.einsum("bkhw,kc->bchw", probability, local) / mass.clamp_min(1e-6)
    return offset + torch.cat([best_x, best_y], dim=1) - radius, mass, probability


#: Deviation in cells below which the peak of a sampled distribution is too sharp
#: for its mean to tell where between the cells it lies.
SHARPEST = 0.5


def soften(logits: Tensor, radius: int) -> Tensor:
    """Widen peaks that are sharper than the cells can show.

    The mean of a sampled distribution whose deviation is a fraction of a cell
    locks onto the nearest cell. Scaling its logarithm keeps a bell's place and
    widens it until the mean is right again.

    Args:
        logits: (B, K, H, W), K = (2 radius + 1)^2.
        radius: of the volume, at least 1.

    Returns:
        The same shape; unchanged where the peak is wide enough.
    """
    side = 2 * radius + 1
    best = highest(logits)
    column, row = (best % side).clamp(1, side - 2), (best // side).clamp(1, side - 2)
    here = row * side + column
    top = logits.gather(1, here)
    beside = sum(logits.gather(1, here + step) for step in (-1, 1, -side, side))
    bend = (2 * top - beside / 2).clamp_min(1e-3)
    return logits * (1 / (SHARPEST**2 * bend)).clamp(max=1.0)
