"""LoFTR (Sun et al., CVPR 2021), of kornia's transformers and matching.

Section numbers are the paper's. It starts as a matcher by descriptors alone: windows of
the encoders' features on their principal axes are the tokens, what each layer of
attention adds begins at zero, and so the first answer is the dual softmax of their
products and the expectation of the finest features' products.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any

import torch
from kornia.feature.loftr.loftr_module import FinePreprocess, LocalFeatureTransformer
from kornia.feature.loftr.utils.coarse_matching import CoarseMatching
from kornia.feature.loftr.utils.fine_matching import FineMatching
from kornia.feature.loftr.utils.position_encoding import PositionEncodingSine
from torch import Tensor, nn

from ..network.encoder import Features
from .dense import ANCHOR_PX, COARSE_PX, FINE_PX, Dense, dense_of

#: Places per side of the window that makes a token, 8 px apart; as for keypoints.
PLACES = 5
#: Inverse softmax temperatures of products of unit features before training.
SHARPNESS, FINE_SHARPNESS = 18.0, 10.0
#: What the position adds to a token whose entries are about 1, before training.
POSITION = 0.1
#: Cells per side of the fine windows (3.4).
WINDOW = 5
#: Side in px of the squares of which the most likely place goes on. Places are made
#: exact by windows of 104 px: nearer ones measure the same, and a transform would bend
#: after what their errors have in common. About as dense as keypoints turn out to be.
SPACING_PX = 24
#: Score of what the search does not allow.
NEVER = -1e4


@dataclass(frozen=True)
class LoftrConfig:
    """Architecture; saved with the weights.

    Args:
        words: channels of the coarse features.
        hints: channels of the fine features.
        width: channels of the coarse transformer, a multiple of 4 and of the heads.
        layers: pairs of a self- and a cross-attention.
        heads: of each attention.
        fine: channels of the fine transformer, at least ``hints``.
    """

    words: int = 32
    hints: int = 29
    width: int = 96
    layers: int = 2
    heads: int = 4
    fine: int = 48

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


@dataclass(frozen=True)
class Places:
    """Pairs of places.

    Args:
        of: (n,) index of the pair of images.
        mov_xy: (n, 2) px.
        ref_xy: (n, 2) px.
        score: (n,) logarithm of the dual softmax.
    """

    of: Tensor
    mov_xy: Tensor
    ref_xy: Tensor
    score: Tensor


class Loftr(nn.Module):
    """Features of two images in, pairs of places out.

    Attributes:
        stem: makes tokens; see ``begin_at``.
    """

    def __init__(self, config: LoftrConfig):
        super().__init__()
        self.config = config
        told = _kornia(config)
        self.stem = nn.Conv2d(
            config.words, config.width, PLACES, padding=PLACES // 2, bias=False
        )
        self.position = PositionEncodingSine(config.width, (64, 64))
        self.gain = nn.Parameter(torch.tensor(POSITION))
        self.coarse = LocalFeatureTransformer(deepcopy(told["coarse"]))
        self.matching = CoarseMatching(deepcopy(told["match_coarse"]))
        self.sharpness = nn.Parameter(torch.tensor(SHARPNESS))
        self.lift = nn.Conv2d(config.hints, config.fine, 1, bias=False)
        self.cut = FinePreprocess(deepcopy(told))
        self.fine = LocalFeatureTransformer(deepcopy(told["fine"]))
        self.expect = FineMatching()
        self._begin_as_products()

    @torch.no_grad()
    def _begin_as_products(self) -> None:
        for transformer in (self.coarse, self.fine):
            for layer in transformer.layers:
                nn.init.zeros_(layer.norm2.weight)
        fine = self.config.fine
        # Products of the fine features are divided by the root of their number.
        nn.init.eye_(self.lift.weight[:, :, 0, 0]).mul_(
            (FINE_SHARPNESS * fine**0.5) ** 0.5
        )
        nn.init.eye_(self.cut.merge_feat.weight[:, :fine])
        nn.init.zeros_(self.cut.merge_feat.weight[:, fine:])
        nn.init.zeros_(self.cut.merge_feat.bias)

    @torch.no_grad()
    def begin_at(self, axes: Tensor) -> None:
        """Make tokens of windows on principal axes.

        Args:
            axes: (words * PLACES^2, width or more) of windows as ``F.unfold`` has them.
        """
        kept = axes[:, : self.config.width].T
        self.stem.weight.copy_(kept.reshape(self.stem.weight.shape))

    def tokens(
        self, mov: Dense, ref: Dense, shift: tuple[int, int] = (0, 0)
    ) -> tuple[Tensor, Tensor]:
        """Return the tokens (B, L, width) of both after all attention (3.2).

        Args:
            mov: of the moving images.
            ref: of the references.
            shift: rows and columns by which the positions of both are moved.
        """
        sides, masks = [], []
        for side in (mov, ref):
            x = self.stem(side.coarse)
            x = x / (x.norm(dim=1, keepdim=True) + 1e-6) * self.config.width**0.5
            x = x + self.gain * self._positions(*side.cells, *shift)
            sides.append(x.flatten(2).transpose(1, 2))
            masks.append(side.seen.flatten(1).to(x))
        found = self.coarse(*sides, *masks)
        return found[0], found[1]

    def _positions(self, rows: int, columns: int, down: int, right: int) -> Tensor:
        nothing = self.gain.new_zeros(
            1, self.config.width, rows + down, columns + right
        )
        return self.position(nothing)[:, :, down:, right:]

    def scores(self, tokens: tuple[Tensor, Tensor], near: Tensor) -> Tensor:
        """Return log dual softmax (B, L, S) of tokens (3.3).

        Args:
            tokens: of both images.
            near: (B, L, S) bool, pairs of cells that the search allows.
        """
        products = torch.einsum("blc,bsc->bls", *tokens) / self.config.width
        products = (self.sharpness * products).masked_fill(~near, NEVER)
        both = products.log_softmax(dim=1) + products.log_softmax(dim=2)
        # Where nothing is allowed the softmax would share itself out evenly.
        return both.masked_fill(~near, NEVER)

    def offsets(
        self,
        sides: tuple[Dense, Dense],
        tokens: tuple[Tensor, Tensor],
        cells: tuple[Tensor, Tensor, Tensor],
    ) -> Tensor:
        """Return (n, 3) xy in half windows from the reference's anchor, and spread.

        Args:
            sides: of the moving images and the references.
            tokens: of both, after all attention.
            cells: (n,) index of the pair of images, of the moving cell and of the
                reference's.
        """
        data: dict[str, Any] = {"stride_c": COARSE_PX, "stride_f": FINE_PX}
        data.update(zip(("b_ids", "i_ids", "j_ids"), cells, strict=True))
        if not len(cells[0]):
            return tokens[0].new_zeros(0, 3)
        start = COARSE_PX // FINE_PX // 2
        # kornia's windows are about a coarse cell's first fine one, not its anchor.
        fine = (
            nn.functional.pad(
                self.lift(side.fine)[:, :, start:, start:], (0, start, 0, start)
            )
            for side in sides
        )
        windows = self.fine(*self.cut(*fine, *tokens, data))
        none = tokens[0].new_zeros(len(cells[0]), 2)
        data.update(mkpts0_c=none, mkpts1_c=none, mconf=none[:, 0])
        self.expect(*windows, data)
        return data["expec_f"]

    def pairs(
        self,
        sides: tuple[Features, Features],
        planes: int,
        sizes: Tensor,
        reach_px: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the most likely places of two images; see ``Pairing``."""
        mov, ref = (dense_of(features, planes) for features in sides)
        near = within_reach(mov, ref, reach_px)
        found = self(mov, ref, near, sparse=True)
        inside = (found.ref_xy >= 0) & (found.ref_xy <= sizes[1])
        keep = inside.all(dim=1)
        return found.mov_xy[keep], found.ref_xy[keep], found.score[keep]

    def forward(
        self, mov: Dense, ref: Dense, near: Tensor, sparse: bool = False
    ) -> Places:
        """Return the mutually nearest places (3.3), to a share of a px (3.4).

        Args:
            mov: of the moving images.
            ref: of the references.
            near: (B, L, S) bool, pairs of cells that the search allows.
            sparse: go on with one place of each square alone, of one pair of images.
        """
        tokens = self.tokens(mov, ref)
        scores = self.scores(tokens, near)
        data = {"hw0_c": mov.cells, "hw1_c": ref.cells, "stride_c": COARSE_PX}
        told = self.matching.get_coarse_match(scores.exp(), data)
        b, i, j = (told[name] for name in ("b_ids", "i_ids", "j_ids"))
        if sparse:
            mov_xy = anchors(*mov.cells).to(scores)[i]
            few = _most_likely(mov_xy, scores[b, i, j])
            b, i, j = b[few], i[few], j[few]
        reach = WINDOW // 2 * FINE_PX
        off = reach * self.offsets((mov, ref), tokens, (b, i, j))[:, :2]
        places = (anchors(*side.cells).to(off)[k] for side, k in ((mov, i), (ref, j)))
        mov_xy, ref_xy = places
        return Places(b, mov_xy, ref_xy + off, scores[b, i, j])


def _most_likely(xy: Tensor, score: Tensor) -> Tensor:
    """Return the indices of the best of each square; of (n, 2) px and (n,) scores."""
    order = score.argsort(descending=True, stable=True)
    square = (xy[order] / SPACING_PX).long()
    squares, group = square.unique(dim=0, return_inverse=True)
    place = torch.arange(len(order), device=xy.device)
    first = place.new_full((len(squares),), len(order))
    return order[first.scatter_reduce(0, group, place, "amin")]


def anchors(rows: int, columns: int) -> Tensor:
    """Return (rows * columns, 2) xy px of what stands for each coarse cell."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    return COARSE_PX * torch.stack([x, y], dim=2).flatten(0, 1).float() + ANCHOR_PX


def within_reach(mov: Dense, ref: Dense, reach_px: float) -> Tensor:
    """Return (B, L, S) bool, which cells may be one place."""
    sides = (anchors(*side.cells).to(side.coarse.device) for side in (mov, ref))
    near = torch.cdist(*sides) <= reach_px
    seen = [side.seen.flatten(1) for side in (mov, ref)]
    return near & seen[0][:, :, None] & seen[1][:, None]


def build(**sizes: int) -> Loftr:
    """Return the network of an architecture."""
    return Loftr(LoftrConfig(**sizes))


def _kornia(config: LoftrConfig) -> dict[str, Any]:
    """Return an architecture as kornia's modules read it."""
    layers = ["self", "cross"] * config.layers
    attention = {"nhead": config.heads, "attention": "linear"}
    return {
        "coarse": {"d_model": config.width, "layer_names": layers, **attention},
        "fine": {"d_model": config.fine, "layer_names": ["self", "cross"], **attention},
        "fine_concat_coarse_feat": True,
        "fine_window_size": WINDOW,
        "match_coarse": {
            "thr": 0.0,
            "border_rm": 0,
            "train_coarse_percent": 1.0,
            "train_pad_num_gt_min": 0,
            "match_type": "dual_softmax",
            "dsmax_temperature": 1.0,
        },
    }
