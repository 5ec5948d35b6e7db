"""The network's dense flow on a tile's own grid."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...core.base.types import TilePair
from ..network.geometry import apply_affine, centres, compose, sample
from ..network.glam_local import Motion
from ..network.template_matching import GRID_PX


def dense_flow(
    pair: TilePair, motion: Motion, turn: Tensor, calibration: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a flow (h, w, 2) and its certainty (h, w), float32.

    Args:
        pair: tiles.
        motion: of the turned moving tile.
        turn: (1, 2, 3) by what it was turned.
        calibration: (slope, offset) of the certainty logits.
    """
    height, width = pair.mov.pixels.shape
    theta = compose(motion.theta, turn)
    here = centres(height, width, 1, turn.device)
    turned = apply_affine(turn, here)  # where the pixel was for the network
    trust = torch.sigmoid(calibration[0] * motion.certainty + calibration[1])
    dense, inside = sample(torch.cat([motion.residual, trust], 1), turned, GRID_PX)
    flow = apply_affine(theta, here) + dense[:, :2] * inside
    valid = torch.from_numpy(pair.mov.valid).to(turn.device)
    sure = dense[0, 2] * inside[0, 0] * valid
    return (
        flow[0].permute(1, 2, 0).cpu().numpy().astype(np.float32),
        sure.cpu().numpy().astype(np.float32),
    )
