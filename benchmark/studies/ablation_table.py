"""What does each part of SOMA contribute?

    python -m soma.benchmark.studies.ablation_table --limit 48 --to benchmark

Makes the predictions that are missing for the rows that ``ablations`` trained, scores
them and writes ``benchmark/ABLATIONS.md``, which stays as it is when the other tables
are made anew: the weights of its rows are not committed. Beside what the product
answers stand the network's own affine and own dense flow, before the robust fit and
the judgement that hide much of what a part contributes.

Answer, in ``ABLATIONS.md``: after so little training the product's answers do not tell
the rows apart, for oriented gradients carry them; of the network's own flow, that
without hand-made descriptors falls behind.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Sequence

import numpy as np

from ...core.base.errors import BadInput
from ..methods.variants import ABLATIONS, command, weights_of
from ..stages import run, store
from ..stages.command import run_command
from ..stages.score import Score, outdated, score_folder
from ..stages.store import Run
from ..stages.summary import Row, read_rows
from ..stages.tables import markdown_table
from .ablations import budget, differing

COMMAND = "python -m soma.benchmark.studies.ablation_table"

#: Sets and protocols of the table.
PLACES = (
    ("delhi", "near256"),
    ("delhi", "click128"),
    ("delhi", "flow"),
    ("sen12", "near256"),
    ("ombria2021", "near256"),
)

#: Training options that an ablation may change or that change nothing.
MAY_DIFFER = {
    *(change.partition("=")[0] for a in ABLATIONS.values() for change in a.changes),
    *("out", "data", "workers", "threads", "device"),
    *("dev_every", "dev_pairs", "save_every", "log_every"),
}

NOTES = """\
# Ablations

All rows were trained alike, from scratch: the same seed, pairs, steps and rates, one
part left out, {budget}. That is a small share of
what the committed weights have seen: it tells which part helps early on, not how good
the network gets, and one seed each does not tell small differences from chance. The
first figures are those of the product's answer, defined at the head of `RESULTS.md`,
and "own affine" is the affine before the robust fit and the judgement: oriented
gradients take part in both, and carry rows whose own channels have learned little. "Own
flow" is the network's dense flow on a lattice, about that affine.

{rows}

{table}

```
{calls}
```
"""

HEADER = (
    "set and protocol,row,what is left out,pairs,CMR@1,CMR@3,median px,refused,"
    "own affine CMR@1,CMR@3,median px,own flow CMR@1,CMR@3,median px"
).split(",")


def table(found: Sequence[tuple[Row, list[Score]]]) -> str:
    """Return the Markdown table of the ablations among scored rows."""
    return markdown_table(HEADER, [_cells(*item) for item in found])


def markdown(found: Sequence[tuple[Row, list[Score]]]) -> str:
    """Return ABLATIONS.md: what the rows are, their table and what makes it."""
    names = list(dict.fromkeys(row.run.method for row, _ in found))
    rows = [f"- `{name}`: {ABLATIONS[name].meaning}" for name in names]
    names = [] if len(names) == len(ABLATIONS) else names
    pairs = found[0][0].run.limit
    call = COMMAND + (f" --only {' '.join(names)}" if names else "")
    call += (f" --limit {pairs}" if pairs else "") + " --to benchmark"
    return NOTES.format(
        budget=budget(),
        rows="\n".join(rows),
        table=table(found),
        calls=f"{command(names)}\n{call}",
    )


def _cells(row: Row, scores: list[Score]) -> list[str]:
    name = row.run.method
    errors = [
        np.array([getattr(score, key) for score in scores])
        for key in ("error_px", "own_affine_px", "own_flow_px")
    ]
    product, affine, flow = (_shares(values) for values in errors)
    return [
        f"{row.run.set_name} {row.run.protocol}",
        name,
        ABLATIONS[name].text,
        str(row.n),
        *product,
        f"{row.refused:.2f}",
        *affine,
        *flow,
    ]


def _shares(errors: np.ndarray) -> list[str]:
    median = float(np.median(errors))
    shares = [f"{(errors < limit).mean():.2f}" for limit in (1, 3)]
    return [*shares, f"{median:.2f}" if np.isfinite(median) else "-"]


def check_alike(names: Sequence[str]) -> None:
    """Raise BadInput when rows were not trained alike, ModelUnavailable without."""
    from ...models.weights import read

    trained = {name: read(weights_of(name))[1].training for name in names}
    first = names[0]
    for name in names[1:]:
        other = differing(trained[first], trained[name], MAY_DIFFER)
        if other:
            raise BadInput(
                f"{name} and {first} were trained with another {', '.join(other)}: "
                f"delete the weights of one and train them alike by {command()}."
            )


def predict(names: Sequence[str], place: tuple[str, str], limit: int, out: Path) -> int:
    """Make what predictions of a set are missing, each row in its own process."""
    call = [sys.executable, "-m", run.__name__, "--out", str(out)]
    call += ["--set", place[0], "--protocol", place[1]]
    call += ["--method", *names, "--limit", str(limit)]
    return subprocess.run(call, check=False).returncode


def main() -> int:
    """Write ABLATIONS.md; 0 when every row is in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(ABLATIONS), metavar="ROW")
    parser.add_argument("--limit", type=int, default=0, help="pairs per row, 0 for all")
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    parser.add_argument("--to", type=Path, default=store.PREDICTIONS / "report")
    args = parser.parse_args()
    names = args.only or list(ABLATIONS)
    check_alike(names)
    for place in PLACES:
        if predict(names, place, args.limit, args.out):
            return 1
    wanted = [
        Run(*place, name, "none", args.limit) for place in PLACES for name in names
    ]
    for item in wanted:
        if outdated(item.folder(args.out)):
            score_folder(item.folder(args.out))
    rows = {row.run: (row, scores) for row, scores in read_rows(args.out)}
    args.to.mkdir(parents=True, exist_ok=True)
    path = args.to / "ABLATIONS.md"
    path.write_text(markdown([rows[item] for item in wanted]), "utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    run_command(main)
