"""Put the comparison of the rows into the README and onto SOMA's model card.

    python -m soma.benchmark.stages.readme_table

Reads scores that are there and replaces the tables below the paragraphs that name
this command; other methods, which change with their versions only, stand there as
``results.csv`` has them where they have no scores. Refuses rows of ``soma`` that other
weights made than the committed ones.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ...core.base.errors import BadInput
from ..data.sets import DEVELOPMENT
from ..methods import registry
from . import report, store
from .command import run_command
from .score import Score
from .summary import CMR_PX, Row, read_rows
from .tables import markdown_table

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CARD = ROOT / "models" / "weights" / "soma-medium.md"
RESULTS = ROOT / "benchmark" / "results.csv"
COMMAND = "python -m soma.benchmark.stages.readme_table"

Found = dict[tuple[str, str, str], tuple[Row, list[Score]]]

#: Rows of the README's table: set and protocol, what is unknown, and the error in px
#: that counts as solved; truth that is itself good to 1 px only is asked for 3 px.
LINES = (
    ("delhi", "near", "512 px, 3°, 30 px, 2 %", 1),
    ("delhi", "soma", "512 px, 20°, 50 px", 1),
    ("delhi", "wide", "512 px, any rotation, 50 px, 0.8 to 1.25", 1),
    ("delhi", "near256", "256 px, 3°, 16 px, 2 %", 1),
    ("delhi", "click128", "128 px, 2°, 10 px, 1 %", 1),
    ("delhi", "flow", "`near` and 4 px of smooth deformation", 1),
    ("delhi", "osrnet", "256 px, 5°, 10 px, 3 %", 1),
    ("sen12", "near256", "192 px, 3°, 16 px, 2 %", 3),
    ("ombria2021", "near256", "192 px, 3°, 16 px, 2 %", 3),
    ("simulated", "near", "512 px, 3°, 30 px, 2 %", 1),
    ("simulated", "soma", "512 px, 20°, 50 px", 1),
    ("simulated", "wide", "512 px, any rotation, 50 px, 0.8 to 1.25", 1),
    ("simulated", "near256", "256 px, 3°, 16 px, 2 %", 1),
    ("simulated", "click128", "128 px, 2°, 10 px, 1 %", 1),
    ("simulated", "flow", "`near` and 4 px of smooth deformation", 1),
)
OURS = ("auto", "soma", "gradient")
#: Other rows of the README's table, to their names there.
PEERS = {
    "mutual-information": "mutual information",
    "arosics": "AROSICS",
    "sift": "SIFT",
    "phase": "phase correlation",
}

CARD_HEADER = (
    "set and protocol,row,pairs,CMR@1/2/3/5,95 % of CMR@1,median px,refused,"
    "own affine CMR@1/2/3/5,median px,CPU s"
).split(",")


def readme_table(found: Found) -> str:
    """Return the README's table; a dash stands for rows without predictions."""
    header = ["set", "protocol", "window, what is unknown", "solved below"]
    header += [f"`{name}`" for name in OURS] + list(PEERS.values())
    lines = []
    for set_name, protocol, text, limit in LINES:
        keys = [(set_name, protocol, method) for method in (*OURS, *PEERS)]
        rows = [found[key][0] if key in found else None for key in keys]
        shares = [row.cmr[f"cmr@{limit}px"] if row else -1.0 for row in rows]
        cells = [set_name, f"`{protocol}`", text, f"{limit} px"]
        for row, share in zip(rows, shares, strict=True):
            cell = f"{share:.2f}" if row else "-"
            if share == max(shares):
                cell = f"**{cell}**"
            if row and row.run.method in OURS:
                cell += f", {_median(row.median_px)}, {row.cpu_seconds:.2f} s"
            cells.append(cell)
        lines.append(cells)
    return markdown_table(header, lines)


def card_table(found: Found) -> str:
    """Return the model card's table: the product's own rows on every set."""
    lines = []
    for (set_name, protocol, method), (row, scores) in found.items():
        if method not in OURS:
            continue
        low, high = row.cmr1_ci
        cells = [f"{set_name} {protocol}", method, str(row.n)]
        cells += ["/".join(f"{share:.2f}" for share in row.cmr.values())]
        cells += [f"{low:.2f} to {high:.2f}", _median(row.median_px, "")]
        cells += [f"{row.refused:.2f}"]
        cells += _own(np.array([score.own_affine_px for score in scores]))
        lines.append([*cells, f"{row.cpu_seconds:.2f}"])
    return markdown_table(CARD_HEADER, lines)


def _own(errors: np.ndarray) -> list[str]:
    """Return shares and median of errors, nothing where a matcher has no answer."""
    if not np.isfinite(errors).any():
        return ["", ""]
    shares = "/".join(f"{(errors < limit).mean():.2f}" for limit in CMR_PX)
    return [shares, _median(float(np.median(errors)), "")]


def _median(value: float, unit: str = " px") -> str:
    return f"{value:.2f}{unit}" if np.isfinite(value) else "-"


def usable(root: Path) -> Found:
    """Return the rows without controls, by set, protocol and method.

    Sets to develop on are left out.
    Scores are only of those that have any; the peers' rows may be without.

    Raises BadInput when rows of one table differ in their number of pairs, or when
    other weights than the committed ones made those of ``soma``.
    """
    found: Found = {}
    for row, scores in read_rows(root):
        run = row.run
        developed = run.set_name in DEVELOPMENT
        if run.control == "none" and not run.seed and not developed:
            found[run.set_name, run.protocol, run.method] = row, scores
    for row in report.stored(RESULTS):
        run = row.run
        if run.method in PEERS and run.control == "none" and not run.seed:
            found.setdefault((run.set_name, run.protocol, run.method), (row, []))
    weights = {row.weights for row, _ in found.values() if row.run.method == "soma"}
    if weights and weights != {present_weights()}:
        raise BadInput(
            "Other weights than the present ones made rows of soma: run "
            "soma.benchmark.stages.publish --method soma --overwrite."
        )
    for set_name, protocol, *_ in LINES:
        counts = {
            method: found[set_name, protocol, method][0].n
            for method in (*OURS, *PEERS)
            if (set_name, protocol, method) in found
        }
        if len(set(counts.values())) > 1:
            raise BadInput(f"{set_name} {protocol}: rows of unlike length, {counts}.")
    return found


def present_weights() -> str:
    """Return the short hash of the weights that SOMA loads now; raises SomaError."""
    return registry.weights_version(registry.load("soma"))


def put_below(text: str, table: str, command: str = COMMAND) -> str:
    """Return a text with the table below the paragraph that names a command replaced.

    Raises BadInput when no line or more than one names the command.
    """
    lines = text.splitlines()
    places = [number for number, line in enumerate(lines) if command in line]
    if len(places) != 1:
        raise BadInput(f"{len(places)} lines name {command}; one has to.")
    rest = lines[places[0] + 1 :]
    head = lines[: places[0] + 1]
    while rest and rest[0].strip() and not rest[0].startswith("|"):
        head.append(rest.pop(0))
    while rest and (not rest[0].strip() or rest[0].startswith("|")):
        rest.pop(0)
    return "\n".join([*head, "", table, "", *rest]).rstrip() + "\n"


def write(root: Path) -> list[Path]:
    """Write both tables from the scores below ``root``; return the files.

    Where not all of the product's own rows are there both stay as they are.
    """
    found = usable(root)
    own = [(*line[:2], method) for line in LINES for method in OURS]
    if not all(key in found for key in own):
        return []
    for path, table in ((README, readme_table(found)), (CARD, card_table(found))):
        path.write_text(put_below(path.read_text("utf-8"), table), "utf-8")
    return [README, CARD]


def main() -> int:
    """Write both tables; 2 when rows are missing or of other weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    args = parser.parse_args()
    print("\n".join(str(path) for path in write(args.out)))
    return 0


if __name__ == "__main__":
    run_command(main)
