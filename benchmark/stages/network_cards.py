"""Put what the product answers with each network to compare with onto its model card.

    python -m soma.benchmark.stages.network_cards

Reads ``results.csv`` and replaces the table below the paragraph that names the command.
Rows that other weights made than the committed ones are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from pathlib import Path
from typing import Iterable

from ..data.sets import DEVELOPMENT
from ..methods.registry import OURS
from . import readme_table, report
from .command import run_command
from .summary import Row
from .tables import markdown_table

FOLDER = readme_table.CARD.parent
COMMAND = "python -m soma.benchmark.stages.network_cards"
#: All models but those of the card and the table that ``readme_table`` writes.
NAMES = tuple(name for name in OURS if name not in readme_table.OURS)
HEADER = ["set and protocol (pairs)", "median", "CMR@1", "CMR@2", "CMR@3"]
HEADER += ["refused", "CPU s"]


def table(rows: Iterable[Row]) -> str:
    """Return the rows of one network as its card has them."""
    lines = []
    for row in rows:
        run = row.run
        swapped = ", swapped" if run.control == "swapped" else ""
        px = f"{row.median_px:.2f} px" if math.isfinite(row.median_px) else "-"
        shares = [f"{row.cmr[f'cmr@{limit}px']:.2f}" for limit in (1, 2, 3)]
        name = f"{run.set_name} `{run.protocol}`{swapped} ({row.n})"
        lines.append(
            [name, px, *shares, f"{row.refused:.2f}", f"{row.cpu_seconds:.2f}"]
        )
    return markdown_table(HEADER, lines)


def write(results: Path, folder: Path = FOLDER) -> list[Path]:
    """Write the tables of all networks' cards from a ``results.csv``."""
    rows, cards = report.stored(results), []
    for name in NAMES:
        card = folder / f"{name}.md"
        made = hashlib.sha256(card.with_suffix(".safetensors").read_bytes()).hexdigest()
        own = [
            row
            for row in rows
            if row.run.method == name
            and made.startswith(row.weights)
            and row.run.set_name not in DEVELOPMENT
        ]
        text = card.read_text("utf-8")
        card.write_text(readme_table.put_below(text, table(own), COMMAND), "utf-8")
        cards.append(card)
    return cards


def main() -> int:
    """Write all cards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=readme_table.RESULTS)
    print("\n".join(str(path) for path in write(parser.parse_args().results)))
    return 0


if __name__ == "__main__":
    run_command(main)
