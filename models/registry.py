"""Names of the matchers, what each needs, and how to load it; no torch at import.

Those of this package stand here, those of other packages where they say of themselves
that they bring one; see ``installed``.
"""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable

from ..core.base.errors import BadInput, ModelUnavailable, SomaError
from ..core.base.words.message import Message
from . import weights
from .installed.packages import Installed, installed

if TYPE_CHECKING:
    from ..core.matching.protocol import Matcher

#: What loads a network: its weights file, the device and the threads.
Load = Callable[[Path, str, int], "Matcher"]
#: Packages that every network needs.
NEEDS = ("torch", "safetensors")


@dataclass(frozen=True)
class Network:
    """A network of this package.

    Args:
        file: its weights file without ending.
        load: imports what it needs and loads it.
        needs: packages beside ``NEEDS``.
    """

    file: str
    load: Load
    needs: tuple[str, ...] = ()


def _soma(path: Path, device: str, threads: int) -> Matcher:
    from .matcher.predictor import SomaMatcher

    return SomaMatcher.from_weights(path, device, threads)


def _lightglue(path: Path, device: str, threads: int) -> Matcher:
    from .keypoints.load import load
    from .lightglue.network import build

    return load("lightglue", path, device, threads, build)


def _superglue(path: Path, device: str, threads: int) -> Matcher:
    from .keypoints.load import load
    from .superglue.network import build

    return load("superglue", path, device, threads, build)


def _loftr(path: Path, device: str, threads: int) -> Matcher:
    from .keypoints.load import load
    from .loftr.network import build

    return load("loftr", path, device, threads, build, pairing=lambda net: net)


def _osrnet(path: Path, device: str, threads: int) -> Matcher:
    from .osrnet.matcher import OsrMatcher

    return OsrMatcher.from_weights(path, device, threads)


#: What the user calls it, and what it is; ``about_NAME`` says so in a sentence.
MODELS: dict[str, Network] = {
    "soma": Network("soma-medium", _soma),
    "lightglue": Network("lightglue", _lightglue, ("kornia",)),
    "superglue": Network("superglue", _superglue),
    "loftr": Network("loftr", _loftr, ("kornia",)),
    "osrnet": Network("osrnet", _osrnet),
}

#: SHA-256 of the weights that are published under these names, nothing secret.
CHECKSUMS: dict[str, str] = {
    # pragma: allowlist nextline secret
    "soma-medium": "9e51f1cacb57c8b8e9446a6507e874dce2f32a5f08e511dc428b14034f5969e8",
    # pragma: allowlist nextline secret
    "lightglue": "15bdb07376ec2353f32e62b8ad247ca31e055c7062ba7393458d307882e2d7c1",
    # pragma: allowlist nextline secret
    "superglue": "b8e5830d78d00eb9a48b75e95ed360ebe9437e45bea05a1d14ae6394cce68260",
    # pragma: allowlist nextline secret
    "loftr": "d552af191fddd8a86690656606570d21b48dc02f27991c71ff492f51ded06322",
    # pragma: allowlist nextline secret
    "osrnet": "988492af2762b9dae9f9dc1a8c53b479ff27ac7871145f82529f0d271c599254",
}

READY = "ready"
#: Names that no package can give another meaning.
RESERVED = ("auto", "gradient")

#: Networks that ``--model auto`` asks where the gradient matcher is unsure: those that
#: register most sets of the benchmark more exactly and none clearly less so.
PREFERRED = ("soma",)


@dataclass(frozen=True)
class ModelInfo:
    """One matcher as ``soma models`` prints it.

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


def missing(name: str = "") -> str:
    """Return the package that a network lacks here, "" for none; imports nothing."""
    needs = (*NEEDS, *(MODELS[name].needs if name else ()))
    lacking = (need for need in needs if importlib.util.find_spec(need) is None)
    return next(lacking, "")


def available(check: bool = False) -> list[ModelInfo]:
    """Return every known matcher and whether it can run here.

    Args:
        check: load each that could run, to tell which are broken; nothing of other
            packages is imported otherwise.
    """
    own = [_info(name, check) for name in MODELS]
    return own + [_installed_info(one, check) for one in others().values()]


def others() -> dict[str, Installed]:
    """Return the matchers that other packages bring, by name."""
    return installed((*RESERVED, *MODELS))


def best() -> str:
    """Return the network that ``--model auto`` takes, "" where none can run.

    Raises ``BadInput`` for a path in ``SOMA_WEIGHTS`` that does not exist: whoever
    set it wants those weights, and no others in their place.
    """
    return next((name for name in PREFERRED if _can_run(name)), "")


def _can_run(name: str) -> bool:
    try:
        require(name)
    except ModelUnavailable:
        return False
    return True


def require(name: str, weights_path: str = "") -> Path:
    """Return the weights of an own network that can run here; imports nothing.

    Raises:
        BadInput: unknown name, or unusable weights file.
        ModelUnavailable: a package or the weights are missing.
    """
    if name not in MODELS:
        raise _unknown(name, ())
    file = MODELS[name].file
    if weights_path:
        # A wrong path is wrong on any machine, with torch or without.
        weights.find(file, weights_path)
    if lacking := missing(name):
        raise ModelUnavailable.of("model_needs", name=name, package=lacking)
    return weights.find(file, weights_path)


def check_asked(name: str, weights_path: str = "") -> None:
    """Raise ``BadInput`` for a model or weights that are nowhere; imports nothing.

    Whether a model can run is not asked: elsewhere it may.
    """
    if name in MODELS:
        with suppress(ModelUnavailable):
            require(name, weights_path)
    elif name not in (known := others()):
        raise _unknown(name, known)


def load_matcher(
    name: str, device: str = "auto", weights_path: str = "", threads: int = 0
) -> Matcher:
    """Return a matcher, with its network loaded if it is one.

    Args:
        name: a key of ``MODELS`` or of ``others``.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        weights_path: a weights file, "" for the model's own.
        threads: torch threads on the CPU, 0 for torch's own choice.

    Raises:
        BadInput: unknown name, unknown device, unusable weights file, or one under
            the name of published weights that is not theirs.
        ModelUnavailable: a package, the weights or the device are missing, torch is
            broken, or what another package brings is.
    """
    if name not in MODELS:
        return _load_other(name, device, weights_path, threads)
    network, path = MODELS[name], require(name, weights_path)
    if not weights.is_chosen(network.file, weights_path):
        weights.check_published(path, CHECKSUMS[network.file])
    try:
        return network.load(path, device, threads)
    except (ImportError, OSError) as error:
        raise ModelUnavailable.of(
            "model_does_not_start", name=name, why=error
        ) from error


def _load_other(name: str, device: str, weights_path: str, threads: int) -> Matcher:
    known = others()
    if name not in known:
        raise _unknown(name, known)
    if lacking := known[name].lacking():
        raise ModelUnavailable.of("model_needs", name=name, package=lacking)
    return known[name].load(device, weights_path, threads)


def _unknown(name: str, known: Iterable[str]) -> BadInput:
    choices = [*RESERVED, *MODELS, *known]
    return BadInput.of("model_choice", choices=choices, value=name)


def _installed_info(one: Installed, check: bool) -> ModelInfo:
    lacking, lacks = one.lacking(), None
    if lacking:
        lacks = Message("lacks_package", {"package": lacking})
    elif check:
        lacks = _what_breaks(one.name)
    return _model_info(one.name, one.about, lacks, one.card)


def _what_breaks(name: str) -> Message | None:
    """Load a matcher; returns what it fails of, None where it does not."""
    try:
        load_matcher(name)
    except SomaError as error:
        return error.message or Message("text", {"text": str(error)})
    return None


def _info(name: str, check: bool = False) -> ModelInfo:
    about = Message(f"about_{name}")
    try:
        path = weights.find(MODELS[name].file)
    except (ModelUnavailable, BadInput) as error:
        return _model_info(name, about, error.message, "")
    card = path.with_suffix(".md")
    text = card.read_text(encoding="utf-8").strip() if card.is_file() else ""
    lacking = missing(name)
    if lacking:
        return _model_info(
            name, about, Message("lacks_package", {"package": lacking}), text
        )
    return _model_info(name, about, _what_breaks(name) if check else None, text)


def _model_info(
    name: str, about: Message, lacks: Message | None, card: str
) -> ModelInfo:
    state = str(lacks) if lacks else READY
    message = lacks.to_dict() if lacks else {}
    text = card or str(about)
    return ModelInfo(name, state, text, name in PREFERRED, message, about.to_dict())
