"""SOMA without one of its parts: the rows, and where their weights are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from ...core.base.errors import ModelUnavailable

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "runs" / "ablations"


@dataclass(frozen=True)
class Ablation:
    """One variant.

    Args:
        text: what is left out, in a few words.
        meaning: what the row is, in a sentence.
        changes: training options that differ from the whole network's.
    """

    text: str
    meaning: str
    changes: tuple[str, ...] = ()


#: Name of the row, to what it is. The hand-made descriptors stay where the enhancer
#: goes, and the other way round: each row changes one thing.
ABLATIONS = {
    "soma-full": Ablation(
        "nothing left out, the same budget",
        "the whole network; not the committed weights, which were trained for longer.",
    ),
    "soma-no-fge": Ablation(
        "no gradient enhancer",
        "the three FGE blocks of both encoders are absent; hand-made descriptors and "
        "the ratio of averages at the SAR's first layer stay.",
        ("variant=no-fge",),
    ),
    "soma-free": Ablation(
        "free filters instead of the bank",
        "FGE blocks with as many trainable 3x3 filters in place of the fixed Gaussian "
        "derivatives.",
        ("variant=free-filters",),
    ),
    "soma-learned": Ablation(
        "no hand-made descriptors",
        "the five planes of gradient orientation beside the learned channels are "
        "absent; FGE with its bank stays.",
        ("variant=learned-alone",),
    ),
    "soma-affine": Ablation(
        "affine only, no residual flow",
        "the local stages fit an affine and add no flow to it.",
        ("variant=affine-only",),
    ),
    "soma-flow": Ablation(
        "flow only, no new affine",
        "the local stages add flow to the affine of the global stage, which stays.",
        ("variant=flow-only",),
    ),
    "soma-untied": Ablation(
        "no consistency loss",
        "affine and flow of the local stages are not tied to each other in training.",
        ("w_consistency=0",),
    ),
}


def command(names: Sequence[str] = ()) -> str:
    """Return what trains the rows, all of them where none are named."""
    only = f" --only {' '.join(names)}" if names else ""
    return f"python -m soma.benchmark.studies.ablations --set data=runs/clean{only}"


def weights_of(name: str) -> Path:
    """Return the weights file of a row; raises ModelUnavailable where it is absent."""
    path = FOLDER / f"{name}.safetensors"
    if not path.is_file():
        raise ModelUnavailable(
            f"The row {name} has no weights ({path} is absent); train them by "
            f"{command([name])}."
        )
    return path
