"""What LoFTR learns on frozen features: labels, losses and figures."""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor

from ..models.loftr.dense import ANCHOR_PX, COARSE_PX, FINE_PX
from ..models.loftr.network import WINDOW, Loftr, anchors, within_reach
from .keypoint_objective import DEV_REACH, REACH, SAME_PX
from .loftr_samples import Encoded

#: Fine windows of one batch that a step learns from, some of those with a label.
FINE_PAIRS = 768
#: Positions of a pair are moved alike by less than this, in cells: tiles are larger
#: than crops.
FURTHEST = 44
#: What the fine loss counts beside the coarse one.
FINE_WEIGHT = 1.0
#: Half of a fine window in px: what an offset of 1 is.
HALF_PX = WINDOW // 2 * FINE_PX


def labels(batch: Encoded, near: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return which cells are one place: pair, moving cell, reference's cell; (n,) each.

    Of several moving cells whose anchors lie in one cell the nearest to its anchor is
    it, as mutually nearest cells are in the paper (3.3).
    """
    rows, columns = batch.ref.cells
    cell = torch.floor((batch.place - ANCHOR_PX) / COARSE_PX + 0.5)
    apart = (batch.place - ANCHOR_PX - COARSE_PX * cell).norm(dim=2)
    x, y = cell.long().unbind(dim=2)
    good = batch.known & (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    b, i = torch.nonzero(good, as_tuple=True)
    j = y[b, i] * columns + x[b, i]
    allowed = near[b, i, j]
    b, i, j = b[allowed], i[allowed], j[allowed]
    apart, place = apart[b, i], b * rows * columns + j
    least = apart.new_full((len(good) * rows * columns,), torch.inf)
    least = least.scatter_reduce(0, place, apart, "amin")
    nearest = apart == least[place]
    return b[nearest], i[nearest], j[nearest]


def fine_truth(batch: Encoded, b: Tensor, i: Tensor, j: Tensor) -> Tensor:
    """Return (n, 2) where places lie from the reference's anchors, in half windows."""
    here = anchors(*batch.ref.cells)[j]
    return (batch.place[b, i] - here) / HALF_PX


def step_loss(net: Loftr, batch: Encoded, draw: torch.Generator) -> Tensor:
    """Return the loss of one step: of the dual softmax and of the expectation."""
    share = REACH[0] + (REACH[1] - REACH[0]) * float(torch.rand((), generator=draw))
    near = within_reach(batch.mov, batch.ref, share * COARSE_PX * max(batch.ref.cells))
    cells = labels(batch, near)
    down, right = torch.randint(FURTHEST, (2,), generator=draw).tolist()
    tokens = net.tokens(batch.mov, batch.ref, (down, right))
    coarse = -net.scores(tokens, near)[cells].mean()
    few = torch.randperm(len(cells[0]), generator=draw)[:FINE_PAIRS]
    few_cells = tuple(part[few] for part in cells)
    found = net.offsets((batch.mov, batch.ref), tokens, few_cells)
    return coarse + FINE_WEIGHT * fine_loss(found, fine_truth(batch, *few_cells))


def fine_loss(found: Tensor, truth: Tensor) -> Tensor:
    """Return the squared distance to the truth, weighed by certainty (3.5)."""
    certain = 1 / found[:, 2].clamp_min(1e-10)
    weight = (certain / certain.mean()).detach()
    inside = (truth.abs().amax(dim=1) < 1).float()
    error = (found[:, :2] - truth).square().sum(dim=1)
    return (weight * error * inside).sum() / inside.sum().clamp_min(1)


@torch.no_grad()
def evaluate(net: Loftr, batches: Sequence[Encoded]) -> dict[str, float]:
    """Return precision and recall of mutual matches, and the losses.

    Precision counts matches within ``SAME_PX`` of the truth; ``of_sure`` those of the
    better half by score; recall those of the pairs that the labels hold; ``fine_px`` is
    the median error where the coarse cell is the true one.
    """
    net.eval()
    right, sure, total, possible, loss, fine = 0.0, 0.0, 0, 0, 0.0, []
    for batch in batches:
        reach = DEV_REACH * COARSE_PX * max(batch.ref.cells)
        near = within_reach(batch.mov, batch.ref, reach)
        cells = labels(batch, near)
        tokens = net.tokens(batch.mov, batch.ref)
        loss -= float(net.scores(tokens, near)[cells].mean()) / len(batches)
        offsets = net.offsets((batch.mov, batch.ref), tokens, cells)[:, :2]
        fine.append(HALF_PX * (offsets - fine_truth(batch, *cells)).norm(dim=1))
        possible += len(cells[0])
        for k in range(len(near)):
            off, score = _errors(net, batch, near, k)
            good, best = off < SAME_PX, score.argsort(descending=True)
            right, total = right + float(good.sum()), total + len(good)
            sure += float(good[best[: len(best) // 2]].sum())
    return {
        "precision": right / max(total, 1),
        "of_sure": sure / max(total / 2, 1),
        "recall": right / max(possible, 1),
        "fine_px": float(torch.cat(fine).median()),
        "loss": loss,
    }


def _errors(net: Loftr, batch: Encoded, near: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return errors in px and scores of the matches of one pair of a batch."""
    one = slice(k, k + 1)
    found = net(batch.mov.take(one), batch.ref.take(one), near[one])
    cell = torch.floor((found.mov_xy - ANCHOR_PX) / COARSE_PX + 0.5).long()
    i = cell[:, 1] * batch.mov.cells[1] + cell[:, 0]
    keep = batch.known[k, i]
    return (batch.place[k, i] - found.ref_xy).norm(dim=1)[keep], found.score[keep]
