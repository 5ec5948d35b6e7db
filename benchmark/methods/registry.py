"""The rows of the tables: one name, one way from two images to an alignment."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Literal, Protocol

import numpy as np

from ...core.base.errors import BadInput
from ...core.base.types import Search
from ..studies.ablations import ABLATIONS, weights_of

Status = Literal["ok", "refused"]


@dataclass(frozen=True)
class Estimate:
    """What a method says about one pair.

    Args:
        mov_to_ref: (3, 3) float64 in pixels, corner origin, or None.
        flow: (h, w, 2) float32, the reference's (x, y) of every moving pixel's
            centre, or None; used in place of the matrix where given.
        reason: why there is neither; "" otherwise.
        figures: further values worth keeping, JSON-ready.
    """

    mov_to_ref: np.ndarray | None = None
    flow: np.ndarray | None = None
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """Return "ok" when there is an alignment."""
        return "refused" if self.mov_to_ref is None and self.flow is None else "ok"


class Method(Protocol):
    """One way to align a pair."""

    def __call__(
        self, ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool
    ) -> Estimate:
        """Align ``mov`` ((h, w) uint8 SAR) to ``ref`` ((h, w[, 3]) uint8 optical).

        ``dense`` asks for a flow from methods that have one.
        """


def _peer(name: str) -> Method:
    from . import peers

    return peers.PEERS[name]()


def _product(name: str) -> Method:
    from .product import Product

    return Product(name)


def _ablation(name: str) -> Method:
    from .product import Product

    return Product("soma", str(weights_of(name)))


def _named(make: Callable[[str], Method], name: str) -> Callable[[], Method]:
    return lambda: make(name)


#: Name of the row, to what loads the method; nothing is imported before that.
METHODS: dict[str, Callable[[], Method]] = {
    **{
        name: _named(_peer, name)
        for name in ("identity", "sift", "arosics", "mutual-information", "phase")
    },
    **{name: _named(_product, name) for name in ("gradient", "soma")},
    **{name: _named(_ablation, name) for name in ABLATIONS},
}


def load(name: str) -> Method:
    """Return a method ready to run; raises BadInput for unknown names."""
    if name not in METHODS:
        raise BadInput(f"method is one of {', '.join(METHODS)}; got {name!r}.")
    return METHODS[name]()


def weights_version(method: Method) -> str:
    """Return a short hash of the weights that a method loaded, "" without any."""
    return getattr(method, "weights_version", "")


#: Modules that every method loads and that take no part in matching.
LEAVES = (
    "core.base.types",
    "core.base.errors",
    "core.base.grid",
    "core.base.feedback",
    "core.base.about",
    "benchmark.methods.registry",
    "benchmark.methods.variants",
)


def code_version() -> str:
    """Return a short hash of the modules that the loaded method consists of.

    Call it once the method is loaded: it changes whenever the code that makes
    predictions does, so that old and new ones never mix.
    """
    root = __package__.partition(".")[0]
    parts = tuple(
        f"{root}.{part}" for part in ("core.", "models.", "benchmark.methods.")
    )
    leaves = {f"{root}.{leaf}" for leaf in LEAVES}
    digest = hashlib.sha256()
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and name.startswith(parts) and name not in leaves:
            digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:12]
