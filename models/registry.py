"""Names of the networks, what each needs, and how to load it; no torch at import."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import BadInput, ModelUnavailable
from . import weights

if TYPE_CHECKING:
    from ..core.matching import Matcher

#: What the user calls it: weights file without ending, short description.
MODELS: dict[str, tuple[str, str]] = {
    "soma": (
        "soma-medium",
        "SOMA, FGE + GLAM: gradient-enhanced features, affine and dense flow; needs "
        "torch, runs on CPU and GPU.",
    ),
}

READY = "ready"
#: Packages that every network needs.
NEEDS = ("torch", "safetensors")

#: Networks that ``--model auto`` prefers to the gradient matcher: those that register
#: most sets of the benchmark more exactly and none clearly less so.
PREFERRED = ("soma",)


@dataclass(frozen=True)
class ModelInfo:
    """One network as ``soma models`` prints it.

    Args:
        name: what the user calls it.
        state: "ready", or what is missing.
        card: the model card, or one sentence where there is none.
        automatic: whether ``--model auto`` may take it.
    """

    name: str
    state: str
    card: str
    automatic: bool = False


def missing() -> str:
    """Return the package that a network lacks here, "" for none; imports nothing."""
    lacking = (name for name in NEEDS if importlib.util.find_spec(name) is None)
    return next(lacking, "")


def available() -> list[ModelInfo]:
    """Return every known network and whether it can run here."""
    return [_info(name) for name in MODELS]


def best() -> str:
    """Return the network that ``--model auto`` takes, "" where there is none."""
    ready = [i.name for i in available() if i.automatic and i.state == READY]
    return ready[0] if ready else ""


def load_matcher(
    name: str, device: str = "auto", weights_path: str = "", threads: int = 0
) -> Matcher:
    """Return a matcher with its network loaded.

    Args:
        name: a key of ``MODELS``.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        weights_path: a weights file, "" for the model's own.
        threads: torch threads on the CPU, 0 for torch's own choice.

    Raises:
        BadInput: unknown name, unknown device, unusable weights file.
        ModelUnavailable: a package, the weights or the device are missing, or
            torch is broken.
    """
    if name not in MODELS:
        known = ", ".join(["auto", "gradient", *MODELS])
        raise BadInput(f"model is one of {known}; got {name!r}.")
    file = MODELS[name][0]
    if weights_path:
        # A wrong path is wrong on any machine, with torch or without.
        weights.find(file, weights_path)
    if lacking := missing():
        raise ModelUnavailable(
            f"The model {name} needs {lacking}, which is not installed; install it, "
            "or choose the model gradient."
        )
    path = weights.find(file, weights_path)
    try:
        from .predictor import SomaMatcher
    except (ImportError, OSError) as error:
        raise ModelUnavailable(
            f"The model {name} cannot be loaded, for torch does not start here "
            f"({error}); install it again, or choose the model gradient."
        ) from error
    return SomaMatcher.from_weights(path, device, threads)


def _info(name: str) -> ModelInfo:
    file, text = MODELS[name]
    try:
        path: Path | None = weights.find(file)
    except (ModelUnavailable, BadInput) as error:
        return ModelInfo(name, str(error), text, name in PREFERRED)
    card = path.with_suffix(".md")
    if card.is_file():
        text = card.read_text(encoding="utf-8").strip()
    state = f"needs {lacking}" if (lacking := missing()) else READY
    return ModelInfo(name, state, text, name in PREFERRED)
