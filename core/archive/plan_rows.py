"""Rows of a plan as jobs: columns are the options of ``soma register``."""

from __future__ import annotations

import argparse
import copy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Mapping

from .. import api
from ..base.errors import BadInput
from ..base.files import is_virtual
from ..base.job import Job
from ..base.job_options import add_register_options, job_of, refuse_idle
from ..base.option_text import Parser
from .plan import is_of_share
from .table import table_path

#: Options that name files, which count from the table's folder.
_FILES = ("sar_mask", "optical_mask", "weights")
#: How a table says of an option without a value that it is on, and that it is not.
_YES, _NO = ("1", "true", "yes"), ("", "0", "false", "no")


class RowReader:
    """Makes jobs of rows; cells go before the options of the command.

    Args:
        args: options of ``soma register`` that hold for rows that say nothing.
        share: (i, n): the run may work on every n-th row, beginning with the i-th.
    """

    def __init__(self, args: argparse.Namespace, share: tuple[int, int] = (1, 1)):
        self._args, self._share = args, share
        self._parser = Parser(prog="soma register", add_help=False)
        add_register_options(self._parser)
        refuse_idle(self._parser)
        self._actions = {action.dest: action for action in self._parser._actions}

    @property
    def options(self) -> frozenset[str]:
        """Return the names of columns that are known, in either spelling."""
        return frozenset(n for d in self._actions for n in (d, d.replace("_", "-")))

    def is_own(self, index: int) -> bool:
        """Return whether the run may work on a row."""
        return is_of_share(index + 1, self._share)

    def __call__(self, table: str, index: int, row: Mapping[str, str]) -> Job:
        """Return the job of a row, counted from 0; raises ``BadInput``."""
        words: list[str] = []
        for column, cell in row.items():
            name = column.replace("-", "_")
            if name in self._actions:
                words += self._words(table, index, name, cell)
        args = self._parser.parse_args(words, copy.copy(self._args))
        files = (table_path(table, index, key, row[key]) for key in ("sar", "optical"))
        job = job_of(args, *files, out="")
        for mask in (job.sar_mask, job.optical_mask):
            if mask and not is_virtual(mask) and not Path(mask).exists():
                raise BadInput.of("not_found", name=Path(mask).name, path=mask)
        model = _chosen_model(job.model, job.weights, job.device)
        return replace(job, model=model)

    def _words(self, table: str, index: int, name: str, cell: str) -> list[str]:
        action = self._actions[name]
        option = action.option_strings[0]
        if action.nargs == 0:
            if cell.casefold() not in (*_YES, *_NO):
                raise BadInput.of(
                    "one_of", name=name, choices=["yes", "no"], value=cell
                )
            return [option] if cell.casefold() in _YES else []
        if not cell:
            return []
        if name in _FILES:
            cell = table_path(table, index, name, cell)
        if action.nargs is not None:
            return [option, *cell.replace(",", " ").replace(";", " ").split()]
        return [f"{option}={cell}"]


@lru_cache(maxsize=64)
def _chosen_model(model: str, weights: str, device: str) -> str:
    """Return the model by name, so that all pairs get the same one anywhere.

    One that is nowhere is told before a pair's results give way to those of it.
    """
    job = Job("", "", model=model, weights=weights, device=device)
    api.check_model(job)
    return api.chosen_model(job)
