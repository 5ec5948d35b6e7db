"""Fit how gradients and descriptors stand out together, on training pairs.

    python -m soma.benchmark.calibrate_gaps [--weights FILE] [--limit N]

Every pair is matched with its partner and with that of another pair. The printed share
and offset give the sum of both gaps the mean and the deviation over unrelated pairs
that the gradients' gap has alone; they go into ``models/fusion.py``. Beside them: how
many related pairs that were placed right fall below a limit that as few unrelated pairs
reach, with the gradients' gap and with both.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from ..core.gradient.matcher import others
from ..core.types import TilePair
from ..models import weights
from ..models.folding import fold
from ..models.fusion import JOINT_OFFSET, JOINT_SHARE, LearnedEvidence
from ..models.predictor import SomaMatcher
from ..models.registry import MODELS
from ..models.soma import Soma
from ..models.stacks import stacked
from ..models.warping import identity
from .calibrate_gradient import PROTOCOLS, SOURCES, TRUE_PX, as_tile
from .protocols import Case, cases

#: Deviations over unrelated pairs above their mean at which related ones are counted.
LIMIT_DEVIATIONS = 3.3


def gaps(
    net: Soma, matcher: SomaMatcher, case: Case, mov: np.ndarray
) -> tuple[float, float, float]:
    """Return the gradients' gap, the descriptors' and the error in px of a pair."""
    pair = TilePair(as_tile(case.ref, "optical"), as_tile(mov, "sar"))
    with torch.inference_mode():
        seen = matcher.examine([pair], case.search)[0].seen
        sides = [stacked([tile], torch.device("cpu")) for tile in (pair.mov, pair.ref)]
        features = (net.encode(s.image, s.valid, s.modality) for s in sides)
        evidence = LearnedEvidence(*features, identity(1, "cpu"), net.planes)
        learned = evidence.learned_gap(seen.mov_to_ref, *others(pair, case.search))
    own = seen.gap / JOINT_SHARE + JOINT_OFFSET - learned
    centre = np.array([mov.shape[::-1]]) / 2
    placed = centre @ seen.mov_to_ref[:2, :2].T + seen.mov_to_ref[:2, 2]
    return own, learned, float(np.linalg.norm(placed - case.truth(centre)))


def collect(net: Soma, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, 3) of related pairs and of unrelated ones; see ``gaps``."""
    matcher = SomaMatcher(net, "cpu")
    related, unrelated = [], []
    for source in SOURCES:
        for protocol in PROTOCOLS:
            found = list(cases(source, protocol, limit, seed=1))
            for index, case in enumerate(found):
                related.append(gaps(net, matcher, case, case.mov))
                other = found[(index + len(found) // 2) % len(found)]
                unrelated.append(gaps(net, matcher, case, other.mov))
    return np.array(related), np.array(unrelated)


def missed(related: np.ndarray, unrelated: np.ndarray) -> float:
    """Return the share of related pairs below the limit that unrelated ones set."""
    limit = unrelated.mean() + LIMIT_DEVIATIONS * unrelated.std()
    return float((related < limit).mean())


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="", help="weights file; '' for the own")
    parser.add_argument("--limit", type=int, default=40, help="pairs per set and rule")
    options = parser.parse_args()
    path = weights.find(MODELS["soma"][0], options.weights)
    net = weights.load_network(path)[0].eval()
    fold(net)
    related, unrelated = collect(net, options.limit)
    right = related[related[:, 2] < TRUE_PX]
    own, both = unrelated[:, 0], unrelated[:, :2].sum(axis=1)
    share = own.std() / both.std()
    print(f"share {share:.2f}, offset {both.mean() - own.mean() / share:.2f}")
    print(f"largest unrelated: {own.max():.2f}, joint {_joint(both, own).max():.2f}")
    print(f"correlation: {np.corrcoef(unrelated[:, :2].T)[0, 1]:.2f}")
    alone, together = missed(right[:, 0], own), missed(right[:, :2].sum(axis=1), both)
    print(f"missed of {len(right)} right ones: {alone:.3f}, joint {together:.3f}")


def _joint(both: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return sums of gaps on the scale of ``own``."""
    return (both - both.mean()) / both.std() * own.std() + own.mean()


if __name__ == "__main__":
    main()
