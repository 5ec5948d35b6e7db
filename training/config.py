"""Every knob of training, with its default and unit, in one place."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Sequence

from ..core.base.errors import BadInput


@dataclass(frozen=True)
class TrainConfig:
    """How to train; saved with every checkpoint.

    Args:
        model: name in ``models.network.soma.CONFIGS``.
        variant: name in ``training.variants.VARIANTS``, "" for the whole network.
        data: folder of packed pairs.
        out: folder of checkpoints and curves.
        seed: of weights and samples.
        steps: optimiser steps of the whole schedule.
        batch: pairs per step.
        crops: sides of the crops in px, taken in turn; multiples of 16.
        workers: processes that make samples.
        threads: torch threads, 0 to leave as it is.
        device: "auto", "cpu", "cuda".
        lr: peak learning rate.
        warmup: steps of linear warm-up.
        decay: weight decay.
        clip: largest gradient norm.
        ema: decay of the running average of the weights.
        dev_share: share of places kept for development.
        dev_pairs: pairs that an evaluation uses.
        dev_every: steps between evaluations.
        save_every: steps between checkpoints.
        log_every: steps between log lines.
        rotation_deg: largest rotation between the crops.
        scale: largest scale factor between the crops.
        shift_share: largest shift as a share of the crop.
        warp_px: size of smooth deformations.
        zoom: source pixels per crop pixel, from and to.
        synthetic: share of pairs made from one optical image.
        unrelated: share of pairs of different places.
        simulated: share of pairs from the simulator's scenes, 0 to draw them as
            often as those of any source.
        real_from: share of the schedule after which synthetic pairs end.
        w_heat: weight of the tile's translation.
        w_volume: weight of the patch matches.
        w_template: weight of the windows' correlation around random starts.
        w_peak: weight of that around the stages' own starts.
        w_flow: weight of the flow.
        w_corner: weight of the affine.
        w_certainty: weight of the certainty.
        w_uniform: weight of uniformity over the image.
        w_consistency: weight of the tie between affine and flow.
        w_told: weight of what is known of the ground.
        w_placed: weight of what gradients find that are weighted by the ground.
        only: "ground" to train the heads for the ground alone and leave all else as
            it is, "confidence" the classifiers of LightGlue's, "" to train everything.
    """

    model: str = "small"
    variant: str = ""
    data: str = "runs/pack"
    out: str = "runs/small"
    seed: int = 0
    steps: int = 6000
    batch: int = 8
    crops: tuple[int, ...] = (160, 128, 160, 192)
    workers: int = 0
    threads: int = 1
    device: str = "auto"
    lr: float = 1e-3
    warmup: int = 100
    decay: float = 1e-2
    clip: float = 1.0
    ema: float = 0.998
    dev_share: float = 0.06
    dev_pairs: int = 48
    dev_every: int = 500
    save_every: int = 100
    log_every: int = 20
    rotation_deg: float = 20.0
    scale: float = 1.25
    shift_share: float = 0.18
    warp_px: float = 1.6
    zoom: tuple[float, ...] = (0.55, 1.6)
    synthetic: float = 0.2
    unrelated: float = 0.08
    simulated: float = 0.0
    real_from: float = 0.7
    w_heat: float = 0.3
    w_volume: float = 0.2
    w_template: float = 1.0
    w_peak: float = 0.3
    w_flow: float = 0.05
    w_corner: float = 0.01
    w_certainty: float = 0.2
    w_uniform: float = 0.01
    w_consistency: float = 0.005
    w_told: float = 0.5
    w_placed: float = 0.5
    only: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "crops", tuple(int(c) for c in self.crops))
        object.__setattr__(self, "zoom", tuple(float(z) for z in self.zoom))
        if not self.crops or any(c % 16 or c < 64 for c in self.crops):
            raise BadInput(f"crops are multiples of 16 from 64 on, got {self.crops}.")
        if self.only not in ("", "ground", "confidence"):
            raise BadInput(f"only is ground, confidence or nothing: {self.only!r}.")
        for name in ("steps", "batch", "dev_every", "save_every", "log_every"):
            if getattr(self, name) < 1:
                raise BadInput(f"{name} is at least 1, got {getattr(self, name)}.")
        shares = "synthetic", "unrelated", "simulated", "real_from"
        for name in ("ema", "dev_share", *shares):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(f"{name} lies in 0 to 1, got {getattr(self, name)}.")

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


def load_config(path: Path | None, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read a TOML file, then apply ``key=value`` overrides.

    Raises BadInput on unknown keys and on values of the wrong kind.
    """
    values: dict[str, Any] = {}
    if path is not None:
        with open(path, "rb") as file:
            try:
                values = tomllib.load(file)
            except tomllib.TOMLDecodeError as error:
                raise BadInput(f"{path} is not valid TOML: {error}.") from error
    for text in overrides:
        key, equals, value = text.partition("=")
        if not equals:
            raise BadInput(f"Write overrides as key=value, got {text!r}.")
        values[key] = value
    return replace(TrainConfig(), **_typed(values))


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    defaults = {f.name: f.default for f in fields(TrainConfig)}
    unknown = sorted(set(values) - set(defaults))
    if unknown:
        raise BadInput(f"Unknown training options: {', '.join(unknown)}.")
    typed = {}
    for key, value in values.items():
        try:
            typed[key] = _cast(value, defaults[key])
        except (TypeError, ValueError) as error:
            raise BadInput(f"{key}: cannot use {value!r}.") from error
    return typed


def _cast(value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        items = value.split(",") if isinstance(value, str) else value
        kind = type(default[0])
        return tuple(kind(item) for item in items)
    return type(default)(value)
