"""From scores of pairs to one row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from ..data.protocols import PROTOCOLS
from ..methods.registry import METHODS
from . import store
from .metrics import bootstrap_ci, cmr, corner_auc
from .score import Score, read_scores
from .store import Run

CMR_PX = (1, 2, 3, 5)
AUC_PX = (3, 5, 10)

#: Columns of ``results.csv`` that are no numbers, and those that are called like the
#: part of a row that they hold.
TEXTS = ("set", "protocol", "row", "code", "weights")
FIGURES = (
    *("median_px", "refused", "wrong"),
    *("seconds", "cpu_seconds", "peak_mib"),
)

#: An accepted pair with a larger error is wrong: worse than saying nothing.
WRONG_PX = 5.0


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Args:
        run: what was run.
        code: hash of the code that made the predictions.
        weights: hash of the weights that made them, "" for methods without any.
        n: number of pairs.
        cmr: share of pairs with an error below each of ``CMR_PX``.
        cmr1_ci: bootstrap 95 % interval of the first of these.
        auc: area under the recall curve of corner errors to each of ``AUC_PX``.
        median_px: median error, refusals counted as infinite.
        refused: share of pairs without an answer.
        wrong: share of pairs with an answer that is off by more than 5 px.
        seconds: median wall time of a pair.
        cpu_seconds: median processor time of a pair.
        peak_mib: peak memory of the process.
    """

    run: Run
    code: str
    weights: str
    n: int
    cmr: dict[str, float]
    cmr1_ci: tuple[float, float]
    auc: dict[str, float]
    median_px: float
    refused: float
    wrong: float
    seconds: float
    cpu_seconds: float
    peak_mib: float

    @property
    def label(self) -> str:
        """Return the name of the row: method, and control if any."""
        control = "" if self.run.control == "none" else f" ({self.run.control})"
        return self.run.method + control

    def to_dict(self) -> dict[str, Any]:
        """Return flat columns for a CSV file, units in their names."""
        return {
            "set": self.run.set_name,
            "protocol": self.run.protocol,
            "row": self.label,
            "pairs": self.n,
            **self.cmr,
            "cmr@1px_low": self.cmr1_ci[0],
            "cmr@1px_high": self.cmr1_ci[1],
            **self.auc,
            "median_px": self.median_px,
            "refused": self.refused,
            "wrong": self.wrong,
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_mib": self.peak_mib,
            "code": self.code,
            "weights": self.weights,
            "limit": self.run.limit,
            "seed": self.run.seed,
        }

    @staticmethod
    def from_dict(cells: dict[str, str]) -> Row:
        """Return the row of a line of ``results.csv``."""
        method, _, control = cells["row"].partition(" (")
        run = Run(
            cells["set"],
            cells["protocol"],
            method,
            control.rstrip(")") or "none",
            int(cells["limit"]),
            int(cells["seed"]),
        )
        value = {name: float(cells[name]) for name in cells if name not in TEXTS}
        return Row(
            run=run,
            code=cells["code"],
            weights=cells["weights"],
            n=int(cells["pairs"]),
            cmr={f"cmr@{t}px": value[f"cmr@{t}px"] for t in CMR_PX},
            cmr1_ci=(value["cmr@1px_low"], value["cmr@1px_high"]),
            auc={f"auc@{t}px": value[f"auc@{t}px"] for t in AUC_PX},
            **{name: value[name] for name in FIGURES},
        )


def summarise(run: Run, code: str, scores: Sequence[Score], weights: str = "") -> Row:
    """Return the row of a run with at least one score."""
    errors = np.array([s.error_px for s in scores])
    corners = np.array([s.corner_px for s in scores])
    refused = np.array([s.status == "refused" for s in scores])
    return Row(
        run=run,
        code=code,
        weights=weights,
        n=len(scores),
        cmr=cmr(errors, CMR_PX),
        cmr1_ci=bootstrap_ci(errors < 1, lambda below: float(below.mean())),
        auc=corner_auc(corners, AUC_PX),
        median_px=float(np.median(errors)),
        refused=float(refused.mean()),
        wrong=float((~refused & (errors > WRONG_PX)).mean()),
        seconds=float(np.median([s.seconds for s in scores])),
        cpu_seconds=float(np.median([s.cpu_seconds for s in scores])),
        peak_mib=max(s.peak_mib for s in scores),
    )


def read_rows(root: Path) -> list[tuple[Row, list[Score]]]:
    """Return all scored rows below ``root``, by set, protocol and method."""
    found = []
    for path in root.glob("*/*/*/scores.json"):
        run, scores = store.read_run(path.parent), read_scores(path.parent)
        if scores:
            config = store.read_config(path.parent)
            row = summarise(run, config["code"], scores, config.get("weights", ""))
            found.append((row, scores))
    return sorted(found, key=lambda item: order(item[0].run))


def order(run: Run) -> tuple:
    """Return by what rows are sorted: set, protocol and method."""
    protocol = list(PROTOCOLS).index(run.protocol)
    method = list(METHODS).index(run.method) if run.method in METHODS else 99
    return run.set_name, run.seed, protocol, run.control, method
