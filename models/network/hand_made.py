"""Hand-made gradient descriptors that the learned ones are added to.

The idea of FGE taken to its end: what SAR and optical images share is where
and in which direction they change. The orientation of the gradient, as even
circular harmonics, is blind to the sign of contrast and already a good
descriptor (CFOG, Ye et al. 2019). Put beside the learned channels it makes an
untrained network a template matcher of oriented gradients; training has to improve
on that, not to find it first. The paper has no such path.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .fge import gaussian_derivatives
from .layers import box_mean

#: Planes of a descriptor: energy, and two angles each of orders 2 and 4.
PLANES = 5
#: Weights of the orders 0, 2 and 4.
ORDERS = (0.7, 1.0, 0.7)
#: Side of the local background that is taken off, in cells.
BACKGROUND = 9
#: Share of the mean energy below which a gradient does not count fully.
FLOOR = 2.0


class GradientPrior(nn.Module):
    """Orientation descriptors at strides 2, 4, 8 and 16; no weights.

    Each stride sees the image reduced to half of it, so that the derivative's
    scale grows with the stride.
    """

    def __init__(self):
        super().__init__()
        basis = gaussian_derivatives(1.0, side=5)[:, None]
        self.register_buffer("basis", basis, persistent=False)
        # Means of 3 x 3, then of 2 x 2 cells, at half the size.
        axis = torch.tensor([1.0, 2.0, 2.0, 1.0]) / 6
        halving = (axis[:, None] * axis).expand(PLANES, 1, 4, 4).clone()
        self.register_buffer("halving", halving, persistent=False)

    def forward(
        self, image: Tensor, valid: Tensor, masks: tuple[Tensor, ...]
    ) -> list[Tensor]:
        """Describe images by their gradients.

        Args:
            image: (B, 1, H, W) float, 0 where invalid.
            valid: (B, 1, H, W), 1 or 0.
            masks: (B, 1, H/s, W/s) for each stride.

        Returns:
            (B, 5, H/s, W/s) for s in 2, 4, 8, 16; mean square norm about 1.
        """
        levels = []
        # Small differences of large numbers: half precision would lose them.
        with torch.no_grad(), torch.autocast(image.device.type, enabled=False):
            image, valid = image.float(), valid.float()
            for mask in masks:
                levels.append(self._describe(image, valid, mask.float()))
                share = F.avg_pool2d(valid, 2)
                image = F.avg_pool2d(image * valid, 2) / share.clamp_min(0.1)
                valid = (share > 0.6).float()
                image = image * valid
        return levels

    def _describe(self, image: Tensor, valid: Tensor, mask: Tensor) -> Tensor:
        # Derivatives across the edge of validity show the edge, not the ground.
        # A tile's own edge counts as one, so that padding changes nothing.
        inner = _least_of_five(_least_of_five(F.pad(valid, (2, 2, 2, 2)), 2), 3)
        padded = F.pad(image, (2, 2, 2, 2), mode="replicate")
        gx, gy = (F.conv2d(padded, self.basis) * inner).chunk(2, dim=1)
        energy = gx * gx + gy * gy
        size = (energy + 1e-12).sqrt()
        cos2, sin2 = (gx * gx - gy * gy) / size, 2 * gx * gy / size
        cos4, sin4 = (cos2 * cos2 - sin2 * sin2) / size, 2 * cos2 * sin2 / size
        low, middle, high = ORDERS
        planes = torch.cat(
            [low * size, middle * cos2, middle * sin2, high * cos4, high * sin4], dim=1
        )
        # One convolution, channels innermost: a CPU's pooling takes ten times as long.
        planes = planes.contiguous(memory_format=torch.channels_last)
        planes = F.conv2d(planes, self.halving, stride=2, padding=1, groups=PLANES)
        norm = (planes**2).sum(dim=1, keepdim=True)
        count = mask.sum(dim=(2, 3), keepdim=True).clamp_min(1.0)
        typical = (norm * mask).sum(dim=(2, 3), keepdim=True) / count
        planes = planes * torch.rsqrt(norm + FLOOR * typical + 1e-6) * mask
        around = box_mean(torch.cat([planes, mask], dim=1), BACKGROUND)
        planes = planes - around[:, :-1] / around[:, -1:].clamp_min(0.05)
        return 2.0 * planes * mask


def _least_of_five(x: Tensor, axis: int) -> Tensor:
    """Return the least of five neighbours along an axis, where all five are there."""
    size = x.shape[axis]
    two = torch.minimum(x.narrow(axis, 0, size - 1), x.narrow(axis, 1, size - 1))
    four = torch.minimum(two.narrow(axis, 0, size - 3), two.narrow(axis, 2, size - 3))
    return torch.minimum(four.narrow(axis, 0, size - 4), x.narrow(axis, 4, size - 4))
