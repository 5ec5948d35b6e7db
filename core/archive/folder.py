"""The folder of an archive: a folder for each pair, and beside them who does what.

``NAME/`` appears by one rename and holds what ``register`` writes, and ``pair.json``,
what came of it; of a failed pair only that and ``log.txt``. ``.soma-archive/`` holds
the plan as it was last run, the locks, what is being made, and failures of pairs whose
folders hold a result.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, Sequence

from ..base.errors import BadInput
from ..base.files import output_file, refuse_broken_name, write_errors
from ..base.input_files import SIDECARS
from ..base.types import OUTPUTS_LIST, finite
from .claims import Claims

#: What came of a pair, in its folder; a contract.
RECORD = "pair.json"
#: What was said while a failed pair was worked on, in its folder.
LOG = "log.txt"
STATE = ".soma-archive"
#: What tells of all pairs, written anew by each run.
INDEX, TABLES = "index.html", ("pairs.gpkg", "pairs.parquet")
#: A pair's item of a catalogue, and a small picture of it, in its folder.
ITEM, THUMBNAIL = "item.json", "thumbnail.jpg"

#: In place of a key that was not asked for: of the images of another run's share.
UNASKED = "?"

Record = dict[str, Any]


class ArchiveFolder:
    """One archive's folder.

    Args:
        path: of the folder; ``make`` makes what is missing.
    """

    def __init__(self, path: str | Path):
        self.path = Path(os.path.abspath(path))
        self.state = self.path / STATE
        self.claims = Claims(self.state / "locks")
        self._plan = self.state / "plan.json"
        self._failed = self.state / "failed"

    def make(self) -> None:
        """Make the folder; raises ``BadInput`` where that cannot be."""
        if self.path.exists() and not self.path.is_dir():
            raise BadInput.of("is_file", path=self.path)
        refuse_broken_name(self.path)
        work = self.state / "work"
        if not work.exists() and not any(self.path.glob(f"*/{RECORD}")):
            for name in (INDEX, *TABLES):
                if os.path.lexists(self.path / name):
                    raise BadInput.of("not_own_file", path=self.path / name)
        with write_errors(self.path):
            work.mkdir(parents=True, exist_ok=True)

    def write_plan(
        self, plan: str, pairs: Iterable[Mapping[str, Any]], has_stacks: bool = False
    ) -> None:
        """Keep what was asked for, so that ``status`` knows what is left.

        Pairs are written one by one: the text of all would be as large as themselves.
        """
        about = {"plan": os.path.abspath(plan), "stacks": has_stacks}
        with output_file(self._plan) as part, write_errors(self._plan):
            with open(part, "w", encoding="utf-8") as file:
                file.write(f'{json.dumps(about)[:-1]}, "pairs": [')
                for i, pair in enumerate(pairs):
                    file.write(f"{',' if i else ''}\n{json.dumps(pair)}")
                file.write("]}")

    def plan(self) -> dict[str, Any]:
        """Return what was last asked for; raises ``BadInput`` where nothing was."""
        try:
            values: dict[str, Any] = json.loads(self._plan.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput.of("no_archive", path=self.path) from error
        return values

    def record(self, name: str, key: str = UNASKED) -> Record | None:
        """Return what came of a pair, None where it was not worked on to its end.

        Args:
            name: of the pair.
            key: what it was asked by; any record counts for one that was not asked for.
        """
        # Joined as text: a path object costs a tenth of the time of many pairs.
        for place in (self.path, self._failed):
            record = _read_record(os.path.join(place, name))
            if record is not None and key in (UNASKED, record.get("key")):
                return record
        return None

    def records(self, pairs: Sequence[Mapping[str, Any]]) -> Iterator[Record | None]:
        """Yield what came of pairs as they are now: None for what is still to do."""
        for pair in pairs:
            yield self.record(pair["name"], pair["key"]) if pair["key"] else None

    def is_begun(self, name: str) -> bool:
        """Return whether somebody works on a pair, or was stopped while doing so."""
        return self.work(name).is_dir()

    def work(self, name: str) -> Path:
        """Return where a pair is made; only who holds its claim may write there."""
        return self.state / "work" / name

    def begin(self, name: str, key: str, run: str) -> int:
        """Make the place where a pair is made; returns which attempt this is, from 1.

        The number is written before the attempt begins, so that those count that end
        with their process. Other runs may have been stopped, and do not count.
        """
        work = self.work(name)
        counter, attempt = work / "attempt.json", 1
        with suppress(OSError, ValueError, KeyError, TypeError):
            last = json.loads(counter.read_text())
            same = (last["key"], last["run"]) == (key, run)
            attempt += last["attempt"] if same else 0
        with write_errors(work):
            work.mkdir(exist_ok=True)
            if (work / "old").is_dir() and not (self.path / name).exists():
                # Ended between the two renames of ``publish``.
                os.rename(work / "old", self.path / name)
            for path in work.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif attempt == 1:
                    path.unlink()
            part = work / "attempt.part"
            part.write_text(json.dumps({"key": key, "run": run, "attempt": attempt}))
            os.replace(part, counter)
        return attempt

    def forget(self, name: str) -> None:
        """Remove what was begun."""
        shutil.rmtree(self.work(name), ignore_errors=True)

    def check_free(self, name: str) -> None:
        """Raise ``BadInput`` where a pair's folder would replace what is not ours."""
        target = self.path / name
        if not os.path.lexists(target):
            return
        if target.is_symlink() or not target.is_dir():
            raise BadInput.of("not_own_file", path=target)
        for path in target.iterdir():
            if path.name not in _own(target):
                raise BadInput.of("not_own_file", path=path)

    def result(self, name: str) -> Record | None:
        """Return what an earlier run found of a pair, None where it found nothing."""
        former = _read_record(self.path / name)
        found = former is not None and former.get("status") != "failed"
        return former if found else None

    def publish(self, name: str, content: Path, record: Record) -> None:
        """Let a pair's folder appear, in place of an earlier one, and forget the rest.

        A failure is no reason to lose a result: beside one it is kept in ``failed/``.

        Args:
            name: of the pair, whose claim is held.
            content: a folder below ``work(name)``.
            record: what came of it.
        """
        target, work = self.path / name, self.work(name)
        if record["status"] == "failed" and self.result(name) is not None:
            target = self._failed / name
        with write_errors(target):
            content.mkdir(exist_ok=True)
            write_record(content, record)
            self.check_free(name)
            target.parent.mkdir(exist_ok=True)
            if target.exists():
                os.rename(target, work / "old")
            os.rename(content, target)
        self.forget(name)


def _read_record(place: str | Path) -> Record | None:
    try:
        with open(os.path.join(place, RECORD), "rb") as file:
            values = json.load(file)
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def write_record(content: Path, record: Record) -> None:
    """Write what came of a pair into its folder."""
    text = json.dumps(finite(record), allow_nan=False, indent=1)
    (content / RECORD).write_text(text, encoding="utf-8")


def _own(target: Path) -> set[str]:
    """Return the names of files in a pair's folder that are this program's."""
    own = {RECORD, LOG, ITEM, THUMBNAIL, OUTPUTS_LIST}
    with suppress(OSError, ValueError, AttributeError):
        own |= set(json.loads((target / OUTPUTS_LIST).read_text()).get("files", ()))
    return own | {name + end for name in own for end in SIDECARS}
