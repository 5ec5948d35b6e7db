"""What runs on a GPU only, against the same on the CPU."""

import numpy as np
import pytest
import torch
from soma.core.base.types import Search, Tile, TilePair
from soma.models.network import layers
from soma.models.registry import load_matcher

from .scenes import smooth_image

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.mark.parametrize("block", [1, 2, 4])
def test_kernels_say_what_the_loop_says(block):
    assert layers._kernels() is not None
    g = torch.Generator().manual_seed(block)
    here = [torch.randn(3, 5, 24, 40, generator=g, requires_grad=True) for _ in "ab"]
    there = [t.detach().cuda().requires_grad_() for t in here]
    out = layers.local_correlation(*here, 3, block)
    grad = torch.randn(out.shape, generator=g)
    out.backward(grad)
    fast = layers.local_correlation(*there, 3, block)
    fast.backward(grad.cuda())
    assert torch.allclose(fast.cpu(), out, atol=1e-5)
    for slow, quick in zip(here, there, strict=True):
        assert torch.allclose(quick.grad.cpu(), slow.grad, atol=1e-4)


def test_a_gpu_finds_what_a_cpu_finds():
    image = smooth_image(3, 300).astype(np.float32) / 255
    optical, sar = image[20:276, 20:276], image[26:282, 17:273]
    tiles = [
        Tile(pixels, np.ones(pixels.shape, bool), np.eye(3), kind)
        for pixels, kind in ((optical, "optical"), (sar, "sar"))
    ]
    pairs = [TilePair(*tiles)] * 3
    on_cpu, on_gpu = (load_matcher("soma", device) for device in ("cpu", "cuda"))
    on_cpu.dense = on_gpu.dense = True
    slow = on_cpu.match(pairs[:1], Search(16.0, 3.0, 1.05))[0]
    for fast in on_gpu.match(pairs, Search(16.0, 3.0, 1.05)):
        corner = fast.mov_to_ref @ [256, 256, 1] - slow.mov_to_ref @ [256, 256, 1]
        assert np.abs(corner).max() < 0.1
        gap = np.linalg.norm(fast.flow - slow.flow, axis=-1)[16:-16, 16:-16]
        assert np.median(gap) < 0.1
