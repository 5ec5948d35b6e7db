"""Predictions on disk: one folder per set, protocol and row, one file per pair."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from ...core.base.errors import BadInput
from ..data.protocols import PROTOCOLS
from ..data.sets import data_version
from ..methods.estimate import Estimate

ROOT = Path(__file__).resolve().parents[2]
PREDICTIONS = ROOT / "predictions"

#: "blank": the reference is one grey; "swapped": it shows another place;
#: "parity": it is resampled by a random sub-pixel shift as well.
Control = Literal["none", "blank", "swapped", "parity"]


@dataclass(frozen=True)
class Run:
    """What one folder of predictions holds.

    Args:
        set_name: name of the set, see ``protocols.cases``.
        protocol: name of the protocol.
        method: name of the row, see ``methods.METHODS``.
        control: how the reference is spoilt, see ``Control``.
        limit: number of pairs, 0 for all.
        seed: 0 for the benchmark's own draws.
    """

    set_name: str
    protocol: str
    method: str
    control: Control = "none"
    limit: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.control not in get_args(Control):
            raise BadInput(f"control is one of {get_args(Control)}: {self.control!r}.")
        if self.protocol not in PROTOCOLS:
            raise BadInput(f"protocol is one of {', '.join(PROTOCOLS)}.")

    def folder(self, root: Path) -> Path:
        """Return where the predictions of this run lie below ``root``."""
        row = self.method + ("" if self.control == "none" else f"+{self.control}")
        part = self.set_name.replace(":", "-") + (f"-{self.seed}" if self.seed else "")
        return root / part / self.protocol / row

    def config(self, code: str, weights: str = "") -> dict[str, Any]:
        """Return all that the predictions depend on, JSON-ready.

        Args:
            code: version of the code, see ``methods.code_version``.
            weights: version of the weights, "" for methods without any.
        """
        rule = asdict(PROTOCOLS[self.protocol])
        data = data_version(self.set_name)
        found = {**asdict(self), "rule": rule, "data": data, "code": code}
        return {**found, "weights": weights} if weights else found


def claim(folder: Path, config: dict[str, Any], overwrite: bool) -> None:
    """Make ``folder`` ready for predictions made with ``config``.

    Raises BadInput when it holds predictions of another configuration, unless
    ``overwrite``, which deletes these.
    """
    path = folder / "config.json"
    stored = read_config(folder)
    if stored is not None and stored != config:
        keys = sorted(k for k in config if stored.get(k) != config[k])
        if not overwrite:
            raise BadInput(
                f"{folder} holds predictions made with another "
                f"{', '.join(keys) or 'configuration'}; use --overwrite to make them "
                "anew, or another --out."
            )
        overwrite = True
    if overwrite:
        for old in [*folder.glob("*.json"), *folder.glob("*.npy")]:
            old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config, indent=1) + "\n")


def read_config(folder: Path) -> dict[str, Any] | None:
    """Return the configuration beside predictions, or None."""
    path = folder / "config.json"
    return json.loads(path.read_text()) if path.exists() else None


def read_run(folder: Path) -> Run:
    """Return the run whose predictions a folder holds; raises BadInput."""
    config = read_config(folder)
    if config is None:
        raise BadInput(f"{folder} has no config.json: it holds no predictions.")
    return Run(**{key: config[key] for key in Run.__dataclass_fields__})


def write(folder: Path, name: str, estimate: Estimate, record: dict[str, Any]) -> None:
    """Write one prediction; the .json comes last, so it marks completeness."""
    if estimate.flow is not None:
        np.save(folder / f"{name}.npy", estimate.flow.astype(np.float32))
    matrix = estimate.mov_to_ref
    values = {
        "status": estimate.status,
        "reason": estimate.reason,
        "mov_to_ref": None if matrix is None else matrix.tolist(),
        "figures": estimate.figures,
        **record,
    }
    part = folder / f"{name}.part"
    part.write_text(json.dumps(values))
    part.replace(folder / f"{name}.json")


def read(folder: Path, name: str) -> tuple[Estimate, dict[str, Any]] | None:
    """Return one prediction and its record, or None where it is missing."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    values = json.loads(path.read_text())
    matrix, dense = values.pop("mov_to_ref"), folder / f"{name}.npy"
    estimate = Estimate(
        mov_to_ref=None if matrix is None else np.array(matrix),
        flow=np.load(dense) if dense.exists() else None,
        reason=values.pop("reason"),
        figures=values.pop("figures"),
    )
    return estimate, values
