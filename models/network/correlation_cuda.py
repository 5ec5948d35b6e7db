"""Local correlation as single kernels for CUDA, written in Triton.

Torch's builds for CUDA bring Triton along. On a GPU the loop over shifts of
``layers`` spends its time starting some hundred small kernels each way; here one
kernel does each way, and neither the products of single cells nor shifted copies
are ever written.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

#: Cells that one program works on.
CELLS = 256


@triton.jit
def _products(  # noqa: ANN202 - Triton gives annotations a meaning of their own
    f0, f1, out, channels, height, width, radius,  # noqa: ANN001
    BLOCK: tl.constexpr, CELLS: tl.constexpr,
):  # fmt: skip
    """Mean products of one image at one shift, for ``CELLS`` blocks."""
    side = 2 * radius + 1
    image, index = tl.program_id(0) // (side * side), tl.program_id(0) % (side * side)
    dy, dx = index // side - radius, index % side - radius
    rows, columns = height // BLOCK, width // BLOCK
    cell = tl.program_id(1) * CELLS + tl.arange(0, CELLS)
    known = cell < rows * columns
    top, left = cell // columns * BLOCK, cell % columns * BLOCK
    total = tl.zeros([CELLS], tl.float32)
    plane = image.to(tl.int64) * channels * height * width
    for _ in range(channels):
        for i in tl.static_range(BLOCK):
            for j in tl.static_range(BLOCK):
                y, x = top + i, left + j
                v, u = y + dy, x + dx
                inside = known & (v >= 0) & (v < height) & (u >= 0) & (u < width)
                here = tl.load(f0 + plane + y * width + x, inside, 0.0)
                there = tl.load(f1 + plane + v * width + u, inside, 0.0)
                total += here * there
        plane += height * width
    where = tl.program_id(0).to(tl.int64) * rows * columns + cell
    tl.store(out + where, total / (BLOCK * BLOCK), known)


@triton.jit
def _gathered(  # noqa: ANN202
    grad, other, out, channels, height, width, radius,  # noqa: ANN001
    SIGN: tl.constexpr, BLOCK: tl.constexpr, CELLS: tl.constexpr,
):  # fmt: skip
    """Gradient of one channel of ``f0`` (SIGN 1) or of ``f1`` (SIGN -1).

    A cell of ``f0`` met the cell of ``f1`` one shift further, and the other way
    round; the gradient lies where the cell of ``f0`` is.
    """
    side = 2 * radius + 1
    image = tl.program_id(0) // channels
    rows, columns = height // BLOCK, width // BLOCK
    cell = tl.program_id(1) * CELLS + tl.arange(0, CELLS)
    known = cell < height * width
    y, x = cell // width, cell % width
    total = tl.zeros([CELLS], tl.float32)
    plane = tl.program_id(0).to(tl.int64) * height * width
    surface = image.to(tl.int64) * side * side * rows * columns
    for index in range(side * side):
        v = y + SIGN * (index // side - radius)
        u = x + SIGN * (index % side - radius)
        inside = known & (v >= 0) & (v < height) & (u >= 0) & (u < width)
        there = tl.load(other + plane + v * width + u, inside, 0.0)
        if SIGN > 0:
            spot = y // BLOCK * columns + x // BLOCK
        else:
            spot = v // BLOCK * columns + u // BLOCK
        step = tl.load(grad + surface + spot, inside, 0.0)
        total += step * there
        surface += rows * columns
    tl.store(out + plane + cell, total / (BLOCK * BLOCK), known)


def forward(f0: Tensor, f1: Tensor, radius: int, block: int) -> Tensor:
    """Return what ``layers.local_correlation`` says, for contiguous float32."""
    batch, channels, height, width = f0.shape
    side = 2 * radius + 1
    out = f0.new_empty(batch, side * side, height // block, width // block)
    cells = out.shape[2] * out.shape[3]
    grid = batch * side * side, triton.cdiv(cells, CELLS)
    with torch.cuda.device_of(f0):
        _products[grid](
            f0, f1, out, channels, height, width, radius, BLOCK=block, CELLS=CELLS
        )
    return out


def backward(
    grad: Tensor, f0: Tensor, f1: Tensor, radius: int, block: int
) -> tuple[Tensor, Tensor]:
    """Return the gradients of ``f0`` and ``f1``; all contiguous float32."""
    batch, channels, height, width = f0.shape
    grid = batch * channels, triton.cdiv(height * width, CELLS)
    grads = []
    for sign, other in ((1, f1), (-1, f0)):
        out = other.new_empty(f0.shape)
        with torch.cuda.device_of(f0):
            _gathered[grid](
                grad, other, out, channels, height, width, radius, SIGN=sign,
                BLOCK=block, CELLS=CELLS,
            )  # fmt: skip
        grads.append(out)
    return grads[0], grads[1]
