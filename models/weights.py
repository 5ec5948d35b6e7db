"""Find, read and write weights: safetensors with everything a reader must know.

Nothing in a weights file is executed. The header carries the architecture, the
training configuration, the code version, the calibration of the certainty and
the validation figures, all as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

from ..core.base.errors import BadInput, ModelUnavailable

FORMAT = "soma-weights-3"
FOLDER = Path(__file__).resolve().parent / "weights"
VARIABLE = "SOMA_WEIGHTS"
#: Largest numbers in an architecture, some times those of the largest network here:
#: of channels, and of rounds, blocks, radii and windows.
_MOST_CHANNELS, _MOST_ROUNDS = 512, 32
_CHANNELS = ("widths", "descriptors", "bank", "hidden", "ground")
#: Largest header of a safetensors file that is read to tell whose weights it holds.
_MOST_HEADER = 1 << 24


@dataclass(frozen=True)
class Record:
    """What a weights file says about itself.

    Args:
        architecture: keyword arguments of ``SomaConfig``.
        training: the training configuration.
        version: of the code that trained it.
        calibration: (slope, offset) that turn certainty logits into those of
            the share of the flow within 3 px.
        peaks: coefficients of the matches' confidence.
        figures: validation figures by set and protocol.
    """

    architecture: dict[str, Any]
    training: dict[str, Any]
    version: str
    calibration: tuple[float, float]
    peaks: tuple[float, ...]
    figures: dict[str, Any]


def cache_folder() -> Path:
    """Return the user's folder for weights that do not come with the plugin."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return Path(base or Path.home() / ".cache") / "soma" / "weights"
    except RuntimeError:  # a user of a container, without a home
        return FOLDER


def find(name: str, explicit: str = "") -> Path:
    """Return the weights file of a model.

    Looked for in this order: the explicit path, the environment variable
    ``SOMA_WEIGHTS`` (a folder with ``NAME.safetensors``, or a file; either counts for
    the networks alone whose weights it holds), the folder ``models/weights``, the
    user's cache.

    Raises:
        BadInput: the explicit path or that of the variable does not exist, or the
            variable's folder holds none, or the network's own under another name.
        ModelUnavailable: no file was found.
    """
    if explicit:
        path = _file_at(explicit, name)
        if path.is_file():
            return path
        raise BadInput.of("weights_given", path=path)
    for path in found_in_order(name):
        return path
    file = f"{name}.safetensors"
    raise ModelUnavailable.of("no_weights", name=name, file=file, path=cache_folder())


def found_in_order(name: str) -> Iterator[Path]:
    """Yield every weights file of a model that nobody named for this run alone.

    Raises ``BadInput`` where the path of ``SOMA_WEIGHTS`` does not exist.
    """
    if (chosen := _of_variable(name)) is not None:
        yield chosen
    for folder in (FOLDER, cache_folder()):
        if (folder / f"{name}.safetensors").is_file():
            yield folder / f"{name}.safetensors"


def is_chosen(name: str, explicit: str = "") -> bool:
    """Return whether somebody named the weights of a model, so that they may be any."""
    return bool(explicit) or _of_variable(name) is not None


def _of_variable(name: str) -> Path | None:
    """Return the file that ``SOMA_WEIGHTS`` names for a model, None for none."""
    given = os.environ.get(VARIABLE, "")
    if not given:
        return None
    path = _file_at(given, name)
    if not path.is_file():
        if path != Path(os.path.expanduser(given)) and _is_of_others(path.parent, name):
            return None
        raise BadInput.of("weights_from_variable", variable=VARIABLE, path=path)
    # What tells nothing of itself is opened, and said to be damaged or foreign.
    fits = network_of(path) in ("", name.partition("-")[0])
    return path if fits else None


def _is_of_others(folder: Path, name: str) -> bool:
    """Return whether a folder holds weights, and of other networks alone.

    A network's weights under another name than its own are a slip of whoever named it.
    """
    held = {network_of(path) for path in folder.glob("*.safetensors")} - {""}
    return bool(held) and name.partition("-")[0] not in held


def _file_at(given: str, name: str) -> Path:
    path = Path(os.path.expanduser(given))
    return path / f"{name}.safetensors" if path.is_dir() else path


def network_of(path: Path) -> str:
    """Return the network whose weights a file holds, "" where it does not tell."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _MOST_HEADER)))["__metadata__"]
        if header["format"].startswith(FORMAT.rstrip("0123456789")):
            return "soma"
        return str(json.loads(header["kind"]))
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        return ""


def other_weights(path: Path) -> BadInput:
    """Return what is said of weights that are not those of the network asked for."""
    if found := network_of(path):
        return BadInput.of("weights_of_other_model", path=path, model=found)
    return BadInput.of("weights_of_something_else", path=path)


def check_published(path: Path, sha256: str) -> None:
    """Raise ``BadInput`` for a file that differs from what was published."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput.of("weights_incomplete", path=path, why=error) from error
    if found != sha256:
        raise BadInput.of("weights_changed", path=path)


def write(path: Path, state: dict[str, Any], record: Record) -> None:
    """Write a state dict of torch tensors as fp16 with its record, atomically."""
    from safetensors.torch import save_file

    tensors = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in state.items()
    }
    header = {
        "format": FORMAT,
        "architecture": json.dumps(record.architecture),
        "training": json.dumps(record.training),
        "version": record.version,
        "calibration": json.dumps(record.calibration),
        "peaks": json.dumps(record.peaks),
        "figures": json.dumps(record.figures),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    save_file(tensors, str(draft), metadata=header)
    draft.chmod(0o644)  # safetensors makes files that only their owner can read
    os.replace(draft, path)


def read(path: Path) -> tuple[dict[str, Any], Record]:
    """Return the state dict (float32 tensors on the CPU) and the record.

    Raises BadInput when the file is truncated, damaged or something else.
    """
    state, header = opened(path, FORMAT)
    return state, _record(path, header)


def opened(path: Path, own: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the tensors and the header of a weights file of the format ``own``.

    Raises BadInput when the file is truncated, damaged or something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt", device="cpu") as file:
            header = file.metadata() or {}
            # A name is checked before any tensor is read.
            kind = header.get("format", "")
            if kind != own and kind.startswith(own.rstrip("0123456789")):
                raise BadInput.of("weights_format", path=path, found=kind, own=own)
            if kind != own:
                raise other_weights(path)
            state = {key: file.get_tensor(key) for key in file.keys()}
    except (SafetensorError, OSError) as error:
        raise BadInput.of("weights_incomplete", path=path, why=error) from error
    state = {
        key: value.float() if value.is_floating_point() else value
        for key, value in state.items()
    }
    for key, value in state.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise BadInput.of("weights_not_finite", path=path, name=key)
    return state, header


def _record(path: Path, header: dict[str, str]) -> Record:
    try:
        slope, offset = json.loads(header["calibration"])
        return Record(
            json.loads(header["architecture"]),
            json.loads(header["training"]),
            header["version"],
            (float(slope), float(offset)),
            tuple(float(value) for value in json.loads(header["peaks"])),
            json.loads(header["figures"]),
        )
    except (
        *(KeyError, ValueError, TypeError, AttributeError),
        *(ArithmeticError, RecursionError),
    ) as error:
        raise BadInput.of("weights_header", path=path, why=error) from error


def load_network(path: Path) -> tuple[Any, Record]:
    """Build the network that a weights file describes and fill it, strictly.

    Raises BadInput when the weights do not fit their own description.
    """
    from .network.soma import Soma, SomaConfig

    state, record = read(path)

    def build() -> Any:
        _check_size(record.architecture)
        return Soma(SomaConfig.from_dict(record.architecture))

    return filled(path, state, build), record


def filled(path: Path, state: dict[str, Any], build: Callable[[], Any]) -> Any:
    """Return the network that ``build`` makes with the state dict of a file in it.

    Raises BadInput when it cannot be built or the weights do not fit it.
    """
    try:
        net = build()
        net.load_state_dict(state, strict=True)
    except (
        *(RuntimeError, ValueError, TypeError, AttributeError, KeyError),
        *(ArithmeticError, IndexError, MemoryError),
    ) as error:
        first = [*str(error).splitlines(), type(error).__name__][0]
        raise BadInput.of("weights_other_version", path=path, why=first) from error
    return net.eval()


def _check_size(architecture: dict[str, Any]) -> None:
    """Raise ``ValueError`` for an architecture that no machine could hold."""
    for name, value in architecture.items():
        most = _MOST_CHANNELS if name in _CHANNELS else _MOST_ROUNDS
        for number in _numbers(value):
            if not abs(number) <= most:
                raise ValueError(f"its architecture asks for {number} {name}")


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, (int, float)):
        yield value
