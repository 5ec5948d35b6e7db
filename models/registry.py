"""Names of the networks, what each needs, and how to load it; no torch at import."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.base.errors import BadInput, ModelUnavailable
from ..core.base.words.message import Message
from . import weights

if TYPE_CHECKING:
    from ..core.matching.protocol import Matcher

#: What the user calls it: weights file without ending, and what it is.
MODELS: dict[str, tuple[str, Message]] = {
    "soma": ("soma-medium", Message("about_soma")),
}

#: SHA-256 of the weights that are published under these names, nothing secret.
CHECKSUMS: dict[str, str] = {
    # pragma: allowlist nextline secret
    "soma-medium": "9e51f1cacb57c8b8e9446a6507e874dce2f32a5f08e511dc428b14034f5969e8",
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
        message: what is missing as code and values, {} when ready.
        about: what the model is, as code and values.
    """

    name: str
    state: str
    card: str
    automatic: bool = False
    message: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)


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
        BadInput: unknown name, unknown device, unusable weights file, or one under
            the name of published weights that is not theirs.
        ModelUnavailable: a package, the weights or the device are missing, or
            torch is broken.
    """
    if name not in MODELS:
        known = ["auto", "gradient", *MODELS]
        raise BadInput.of("model_choice", choices=known, value=name)
    file = MODELS[name][0]
    if weights_path:
        # A wrong path is wrong on any machine, with torch or without.
        weights.find(file, weights_path)
    if lacking := missing():
        raise ModelUnavailable.of("model_needs", name=name, package=lacking)
    path = weights.find(file, weights_path)
    if not weights.is_chosen(weights_path):
        weights.check_published(path, CHECKSUMS[file])
    try:
        from .matcher.predictor import SomaMatcher
    except (ImportError, OSError) as error:
        raise ModelUnavailable.of(
            "model_does_not_start", name=name, why=error
        ) from error
    return SomaMatcher.from_weights(path, device, threads)


def _info(name: str) -> ModelInfo:
    file = MODELS[name][0]
    try:
        path: Path | None = weights.find(file)
    except (ModelUnavailable, BadInput) as error:
        return _model_info(name, error.message, "")
    card = path.with_suffix(".md")
    text = card.read_text(encoding="utf-8").strip() if card.is_file() else ""
    lacking = missing()
    state = Message("lacks_package", {"package": lacking}) if lacking else None
    return _model_info(name, state, text)


def _model_info(name: str, lacks: Message | None, card: str) -> ModelInfo:
    about = MODELS[name][1]
    state = str(lacks) if lacks else READY
    message = lacks.to_dict() if lacks else {}
    text = card or str(about)
    return ModelInfo(name, state, text, name in PREFERRED, message, about.to_dict())
