"""What the networks on keypoints learn: labels, loss, figures, and how pairs vary."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import torch
from torch import Tensor, nn

from ..models.keypoints.types import assigned, within_reach
from .keypoint_samples import Described

#: Keypoints this near to a place are it, those beyond the second distance are not;
#: what lies between teaches nothing. Refinement covers the first.
SAME_PX, OTHER_PX = 5.0, 9.0
#: How far matches are looked for, as a share of the image, from and to.
REACH = 0.25, 0.7
DEV_REACH = 0.35
#: Share of keypoints that are left out, so that no pair is seen twice alike.
LEFT_OUT = 0.25


def labels(batch: Described) -> tuple[Tensor, Tensor, Tensor]:
    """Return which keypoints are one place and which have no counterpart.

    Returns:
        (B, M, N) bool, mutually nearest within ``SAME_PX``; (B, M) and (B, N) bool, no
        counterpart within ``OTHER_PX`` though the place is known.
    """
    mov, ref = batch.mov, batch.ref
    apart = torch.cdist(batch.place, ref.xy)
    apart = apart.masked_fill(
        ~(batch.known[:, :, None] & ref.there[:, None]), torch.inf
    )
    nearest0, nearest1 = apart.amin(dim=2), apart.amin(dim=1)
    same = (apart == nearest0[:, :, None]) & (apart == nearest1[:, None, :])
    same = same & (apart < SAME_PX)
    unrelated = ~batch.related[:, None]
    none0 = (batch.known | unrelated) & mov.there & (nearest0 > OTHER_PX)
    none1 = ref.there & (nearest1 > OTHER_PX) & (_covered(batch) | unrelated)
    return same, none0, none1


def _covered(batch: Described) -> Tensor:
    """Return (B, N) bool, reference keypoints amid places that the moving one shows."""
    apart = torch.cdist(ref_xy := batch.ref.xy, batch.place)
    return (apart.masked_fill(~batch.known[:, None], torch.inf) < 40.0).any(dim=2) & (
        ref_xy.isfinite().all(dim=2)
    )


def assignment_loss(scores: Tensor, batch: Described, near: Tensor) -> Tensor:
    """Negative log-likelihood of the true assignment, as both papers have it."""
    same, none0, none1 = labels(batch)
    same = same & near
    terms = [
        (scores[:, :-1, :-1], same),
        (scores[:, :-1, -1], none0),
        (scores[:, -1, :-1], none1),
    ]
    means = [
        -(value.masked_fill(~mask, 0)).sum() / mask.sum().clamp_min(1)
        for value, mask in terms
    ]
    return means[0] + 0.5 * (means[1] + means[2])


def step_loss(net: nn.Module, batch: Described, reach: float) -> Tensor:
    """Return the mean loss over the layers that tell an assignment.

    ``reach`` is how far counterparts are looked for, as a share of the image.
    """
    near = _near(batch, reach)
    found = net(batch.mov, batch.ref, near)
    return torch.stack([assignment_loss(s, batch, near) for s in found]).mean()


def varied_loss(net: nn.Module, batch: Described, draw: torch.Generator) -> Tensor:
    """Return the loss of one step: some keypoints left out, some reach."""
    batch, reach = _varied(batch, draw)
    return step_loss(net, batch, reach)


def _varied(batch: Described, draw: torch.Generator) -> tuple[Described, float]:
    """Return a batch without some of its keypoints, and a reach."""
    reach = REACH[0] + (REACH[1] - REACH[0]) * float(torch.rand((), generator=draw))
    return thinned(batch, draw), reach


def _near(batch: Described, reach: float) -> Tensor:
    """Return (B, M, N) bool, what lies within a share of the image's side."""
    return within_reach(batch.mov, batch.ref, reach * float(batch.mov.size.max()))


def confidence_loss(net: nn.Module, batch: Described, draw: torch.Generator) -> Tensor:
    """Return how wrong the classifiers of a network are about its layers' matches.

    The cross-entropy with whether a match is the last layer's (LightGlue, 3.3).
    """
    batch, reach = _varied(batch, draw)
    near = _near(batch, reach)
    told = [
        nn.functional.binary_cross_entropy_with_logits(odds, settled.to(odds))
        for k in range(len(near))
        for odds, settled in net.sureness(
            batch.mov.take(k), batch.ref.take(k), near[k : k + 1]
        )
    ]
    return torch.stack(told).mean()


@torch.no_grad()
def evaluate(net: nn.Module, batches: Sequence[Described]) -> dict[str, float]:
    """Return precision and recall of mutual matches on related pairs, and the loss.

    Precision counts matches within ``SAME_PX`` of the truth; ``of_sure`` those of the
    better half by score; recall those of the pairs that the labels hold.
    """
    net.eval()
    right, sure, total, possible, loss = 0.0, 0.0, 0, 0, 0.0
    for batch in batches:
        near = _near(batch, DEV_REACH)
        scores = net(batch.mov, batch.ref, near)[-1]
        loss += float(assignment_loss(scores, batch, near)) / len(batches)
        possible += int((labels(batch)[0] & near).sum())
        for k in range(len(scores)):
            if not batch.related[k]:
                continue
            i, j, score = assigned(scores[k])
            keep = batch.known[k, i] & near[k, i, j]
            off = (batch.place[k, i] - batch.ref.xy[k, j]).norm(dim=1)[keep]
            good, best = off < SAME_PX, score[keep].argsort(descending=True)
            right, total = right + float(good.sum()), total + len(good)
            sure += float(good[best[: len(best) // 2]].sum())
    halves = max(total / 2, 1)
    figures = {"precision": right / max(total, 1), "of_sure": sure / halves}
    return {**figures, "recall": right / max(possible, 1), "loss": loss}


def thinned(batch: Described, generator: torch.Generator) -> Described:
    """Return a batch without some of its keypoints."""
    sides = []
    for side in (batch.mov, batch.ref):
        stay = torch.rand(side.there.shape, generator=generator) > LEFT_OUT
        sides.append(replace(side, there=side.there & stay))
    known = batch.known & sides[0].there
    return packed(Described(*sides, batch.place, known, batch.related))


def packed(batch: Described) -> Described:
    """Return a batch without the room of keypoints that no image has."""
    sides, orders = [], []
    for side in (batch.mov, batch.ref):
        order = side.there.float().argsort(dim=1, descending=True, stable=True)
        order = order[:, : max(int(side.there.sum(dim=1).max()), 1)]
        names = "xy", "words", "strength", "there"
        taken = {name: _taken(getattr(side, name), order) for name in names}
        sides.append(replace(side, **taken))
        orders.append(order)
    rest = (_taken(value, orders[0]) for value in (batch.place, batch.known))
    return Described(*sides, *rest, batch.related)


def _taken(value: Tensor, order: Tensor) -> Tensor:
    """Return (B, N) or (B, N, D) at indices (B, n)."""
    if value.dim() == 3:
        order = order[..., None].expand(-1, -1, value.shape[2])
    return value.gather(1, order)
