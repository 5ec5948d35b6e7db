"""SOMA: affine-flow matching of SAR and optical images (Wang et al. 2025).

One gradient-enhanced encoder per modality (FGE, see ``fge`` and ``encoder``),
a global stage with a correlation volume (``glam_global``) and local stages at
1/8, 1/4 and 1/2 (``glam_local``). Either modality may be the moving image: the
flow lives on the moving grid and points into the reference. The release fixes
SAR as moving and 512 x 512 as size; this network is fully convolutional.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn

from .encoder import STRIDES, Encoder, Features, standardise
from .geometry import apply_affine, centres, resize
from .glam_global import Coarse, GlobalStage
from .glam_local import LocalStage, Motion, StageOutput
from .hand_made import PLANES
from .joint_head import JointHead
from .layers import ResBlock
from .template_matching import GRID_PX

MULTIPLE = 16  # image sides are padded to multiples of this
#: What weights files of before say of parts that every network has or lacks today.
ALWAYS = {
    "attention": 0, "ratio": True, "fge": "bank", "prior": "gradient", "head": "both",
}  # fmt: skip


@dataclass(frozen=True)
class SomaConfig:
    """Architecture; saved with the weights.

    Args:
        widths: channels at strides 2, 4, 8, 16.
        descriptors: channels of the descriptors at strides 2, 4, 8.
        blocks: extra residual blocks at strides 2, 4, 8.
        bank: channels entering the gradient filters at strides 2, 4, 8.
        radius: search radius of the local stages at 1/8, 1/4, 1/2, in cells.
        windows: sides of the voting windows at 1/8, 1/4, 1/2, on a grid of 8 px.
        smooth: sides of the residual flow's smoothing there, on the same grid.
        hidden: channels of the heads at 1/8, 1/4, 1/2.
        ground: channels of the heads that tell bare ground, 0 for none; see
            ``ground_head`` and ``joint_head``.
    """

    widths: tuple[int, ...] = (24, 32, 48, 64)
    descriptors: tuple[int, ...] = (16, 20, 24)
    blocks: tuple[int, ...] = (1, 0, 0)
    bank: tuple[int, ...] = (2, 4, 6)
    radius: tuple[int, ...] = (4, 4, 4)
    windows: tuple[tuple[int, int], ...] = ((3, 9), (3, 9), (3, 9))
    smooth: tuple[int, ...] = (5, 5, 5)
    hidden: tuple[int, ...] = (32, 32, 32)
    ground: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> SomaConfig:
        """Rebuild from ``to_dict``; raises ValueError on unknown keys."""
        always = {**ALWAYS, "joint": bool(values.get("ground", 0))}
        values = {k: v for k, v in values.items() if k not in always or v != always[k]}
        unknown = sorted(set(values) - {f.name for f in fields(SomaConfig)})
        if unknown:
            raise ValueError(f"unknown architecture keys: {', '.join(unknown)}")
        return SomaConfig(**{key: _frozen(value) for key, value in values.items()})


SMALL = SomaConfig()
MEDIUM = SomaConfig(
    widths=(32, 64, 128, 160),
    descriptors=(24, 32, 40),
    blocks=(1, 1, 1),
    bank=(8, 16, 16),
    hidden=(48, 48, 48),
    ground=24,
)
TINY = SomaConfig(
    # oneDNN corrupts memory in the gradient of a dilated convolution of 8 channels.
    widths=(16, 16, 24, 32),
    descriptors=(8, 12, 16),
    blocks=(0, 0, 0),
    bank=(2, 2, 2),
    hidden=(16, 16, 16),
    ground=16,
)
CONFIGS = {"tiny": TINY, "small": SMALL, "medium": MEDIUM}


@dataclass(frozen=True)
class Output:
    """What the network found for a batch.

    Args:
        coarse: evidence of the global stage.
        stages: outputs of the local stages at 1/8, 1/4, 1/2.
    """

    coarse: Coarse
    stages: tuple[StageOutput, ...]

    @property
    def theta(self) -> Tensor:
        """(B, 2, 3) affine, moving to reference, full-resolution pixels."""
        return self.stages[-1].motion.theta

    def flow(self, height: int, width: int) -> Tensor:
        """Return the reference xy of every moving pixel, (B, 2, height, width)."""
        motion = self.stages[-1].motion
        here = centres(height, width, 1, motion.residual.device)
        return apply_affine(motion.theta, here) + resize(motion.residual, height, width)

    def certainty(self, height: int, width: int) -> Tensor:
        """Return the certainty of every moving pixel, (B, 1, height, width) logits."""
        return resize(self.stages[-1].motion.certainty, height, width)


class Soma(nn.Module):
    """The network; tensors in, tensors out. ``predictor`` speaks numpy.

    Attributes:
        planes: number of hand-made channels, first in every descriptor.
        stage: what a local stage is made of.
    """

    planes: int = PLANES
    stage: type[LocalStage] = LocalStage

    def __init__(self, config: SomaConfig = SMALL):
        super().__init__()
        self.config = config
        self.encoders = nn.ModuleDict(
            {
                kind: Encoder(
                    config.widths,
                    config.descriptors,
                    config.blocks,
                    config.bank,
                    ratio=kind == "sar",
                    ground=config.ground,
                )
                for kind in ("sar", "optical")
            }
        )
        self.coarse = ResBlock(config.widths[2], config.widths[3], 2)
        self.ground = JointHead(config.ground) if config.ground else None
        self.globally = GlobalStage()
        self.locally = nn.ModuleList(
            self.stage(
                (8, 4, 2)[i],
                config.descriptors[2 - i] + self.planes,
                config.radius[i],
                config.windows[i],
                config.smooth[i],
                config.hidden[i],
            )
            for i in range(3)
        )

    def encode(self, image: Tensor, valid: Tensor, modality: str) -> Features:
        """Describe images of one modality.

        Args:
            image: (B, 1, H, W) float in 0..1, H and W multiples of 16.
            valid: (B, 1, H, W) float, 1 where usable.
            modality: "sar" or "optical".
        """
        return self.encoders[modality](
            image * valid, standardise(image, valid), valid, self.coarse
        )

    def forget_ground(self) -> None:
        """Take the heads for the ground off: to see what they are worth."""
        for encoder in self.encoders.values():
            encoder.ground = None
        self.ground = None

    def place(
        self,
        mov: Features,
        ref: Features,
        prior: Tensor,
        shift_px: Tensor,
        reach_px: Tensor,
    ) -> Coarse:
        """Run the global stage; see ``GlobalStage``."""
        return self.globally(mov, ref, prior, shift_px, reach_px)

    def refine(
        self,
        mov: Features,
        ref: Features,
        theta: Tensor,
        plan: tuple[int, ...] = (0, 1, 2),
    ) -> tuple[StageOutput, ...]:
        """Run local stages from a first affine.

        Args:
            mov: features of the moving images.
            ref: features of the reference images.
            theta: (B, 2, 3) first affine.
            plan: indices of the stages to run in turn, of 0 (1/8), 1 (1/4), 2 (1/2).
        """
        return self.refine_further(mov, ref, unmoved(theta, mov), plan)

    def refine_further(
        self, mov: Features, ref: Features, motion: Motion, plan: tuple[int, ...]
    ) -> tuple[StageOutput, ...]:
        """Run local stages, as ``refine`` does, from a motion."""
        outputs = []
        for index in plan:
            output = self.locally[index](*_level(mov, ref, 2 - index), motion)
            outputs.append(output)
            motion = output.motion.detached()
        return tuple(outputs)

    def score(self, mov: Features, ref: Features, motion: Motion, index: int) -> Tensor:
        """Return the score that a local stage has for a motion, (B,)."""
        return self.locally[index].score(*_level(mov, ref, 2 - index), motion)

    def forward(
        self,
        mov: Features,
        ref: Features,
        prior: Tensor,
        shift_px: Tensor,
        reach_px: Tensor,
    ) -> Output:
        """Match two batches of described images.

        Args:
            mov: features of the moving images.
            ref: features of the reference images.
            prior: (B, 2, 3) expected placement, full-resolution pixels.
            shift_px: (B,) how far the centre may be from it, per axis.
            reach_px: (B,) how far any place may be from it.
        """
        coarse = self.place(mov, ref, prior, shift_px, reach_px)
        return Output(coarse, self.refine(mov, ref, coarse.theta))


def _level(mov: Features, ref: Features, level: int) -> tuple[Tensor, ...]:
    """Return both descriptors, then both masks, of one level."""
    return (
        *(features.levels[level] for features in (mov, ref)),
        *(features.masks[level] for features in (mov, ref)),
    )


def unmoved(theta: Tensor, mov: Features) -> Motion:
    """Return the motion of an affine alone, for moving images of given features."""
    size = mov.levels[STRIDES.index(GRID_PX)].shape[-2:]
    nothing = theta.new_zeros(len(theta), 3, *size, dtype=torch.float32)
    return Motion(theta.float(), nothing[:, :2], nothing[:, 2:], GRID_PX)


def _frozen(value: Any) -> Any:
    """Turn the lists that JSON gives back into tuples, at any depth."""
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value
