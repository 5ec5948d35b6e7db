"""Which matchers the installed packages bring, read from what they say of themselves.

A package names its matchers under the entry-point group ``soma.matchers``; its name,
summary, licence, text and needs are those of its own metadata. Nothing of a package is
imported before one of its matchers is asked for.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
import sys
from collections import Counter
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Callable, Collection

from ...core.base.errors import ModelUnavailable, SomaError
from ...core.base.words.message import Message
from ...core.matching.protocol import Matcher
from .guarded import Guarded

GROUP = "soma.matchers"
#: Name of a package at the beginning of what it requires, and of an own extra.
_PACKAGE, _EXTRA = re.compile(r"[A-Za-z0-9._-]+"), re.compile(r";.*\bextra\b")
#: A licence's whole text, where somebody put it into the field of its name.
_MOST_LICENCE = 60


@dataclass(frozen=True)
class Installed:
    """One matcher of another package.

    Args:
        name: what the user calls it; that of the package before it where the name
            alone means another matcher.
        entry: where it is: an object that is called with device, weights and threads.
        package: what brings it.
        version: of the package.
        licence: as the package states it, "" where it does not.
        summary: what the package says it is, in one line.
        card: what it says at length, "" for nothing.
        needs: the packages that it needs.
    """

    name: str
    entry: metadata.EntryPoint
    package: str
    version: str
    licence: str
    summary: str
    card: str
    needs: tuple[str, ...]

    @property
    def about(self) -> Message:
        """What it is, where it comes from and under which licence."""
        values = {"package": self.package, "version": self.version}
        told = {"licence": self.licence, "summary": self.summary}
        code = "about_installed" if self.licence else "about_installed_unlicensed"
        return Message(code, {**values, **told})

    def lacking(self) -> str:
        """Return the package that it needs and that is not here, "" for none."""
        module = self.entry.value.partition(":")[0].strip().partition(".")[0]
        for name in self.needs:
            try:
                metadata.version(name)
            except metadata.PackageNotFoundError:
                return name
        # Of a package nothing is imported where only its outermost name is asked for.
        found = module in sys.modules or importlib.util.find_spec(module or "-")
        return "" if found else module

    def load(self, device: str, weights: str, threads: int) -> Matcher:
        """Return the matcher, watched over; raises ``SomaError``."""
        try:
            with contextlib.redirect_stdout(sys.stderr):
                make: Callable[..., Any] = self.entry.load()
                matcher = make(device=device, weights=weights, threads=threads)
            return Guarded(matcher, self.name, self.package)
        except SomaError:
            raise
        except (Exception, SystemExit) as error:
            raise ModelUnavailable.of(
                "installed_broken",
                name=self.name,
                package=self.package,
                why=told_of(error),
            ) from error


def told_of(error: BaseException) -> str:
    """Return an error of other people's code in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def installed(taken: Collection[str] = ()) -> dict[str, Installed]:
    """Return the matchers of other packages by name; imports none.

    Args:
        taken: names that mean others, which no package can change.
    """
    entries = sorted(metadata.entry_points(group=GROUP), key=_order)
    count = Counter(entry.name for entry in entries)
    found = {}
    for entry in entries:
        one = _described(entry, entry.name in taken or count[entry.name] > 1)
        found[one.name] = one
    return found


def _order(entry: metadata.EntryPoint) -> tuple[str, str]:
    return entry.name, entry.value


def _described(entry: metadata.EntryPoint, ambiguous: bool) -> Installed:
    said = entry.dist.metadata if entry.dist is not None else {}
    package = str(said.get("Name") or entry.module)
    required = (said.get_all("Requires-Dist") if entry.dist is not None else None) or ()
    needs = (_PACKAGE.match(line) for line in required if not _EXTRA.search(line))
    return Installed(
        f"{package}:{entry.name}" if ambiguous else entry.name,
        entry,
        package,
        str(said.get("Version") or ""),
        _licence(said),
        str(said.get("Summary") or ""),
        str(said.get("Description") or "").strip(),
        tuple(found.group() for found in needs if found),
    )


def _licence(said: Any) -> str:
    stated = str(said.get("License-Expression") or said.get("License") or "").strip()
    if "\n" in stated or len(stated) > _MOST_LICENCE:
        return stated.splitlines()[0][:_MOST_LICENCE].strip()
    return stated
