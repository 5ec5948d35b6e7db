"""The rows of the tables: one name, one way from two images to an alignment."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Callable

from ...core.base.errors import BadInput
from ...core.base.job import Job
from ...models.registry import MODELS
from .estimate import Method
from .variants import ABLATIONS, weights_of


def _peer(name: str) -> Method:
    from . import peers

    return peers.PEERS[name]()


def _product(name: str) -> Method:
    from .product import Product

    return Product(name)


def _ablation(name: str) -> Method:
    from ...models.matcher.predictor import SomaMatcher
    from ...training.variants import load_variant
    from .product import Product

    path = weights_of(name)

    def load(job: Job) -> SomaMatcher:
        matcher = SomaMatcher.of(*load_variant(path), job.device, job.threads)
        matcher.dense = True  # the table shows it
        return matcher

    return Product("soma", str(path), load)


def _named(make: Callable[[str], Method], name: str) -> Callable[[], Method]:
    return lambda: make(name)


#: The product's own rows.
OURS = ("gradient", "auto", *MODELS)
#: Name of the row, to what loads the method; nothing is imported before that.
METHODS: dict[str, Callable[[], Method]] = {
    **{
        name: _named(_peer, name)
        for name in ("identity", "sift", "arosics", "mutual-information", "phase")
    },
    **{name: _named(_product, name) for name in OURS},
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


#: Beginnings of the names of modules that make predictions.
PARTS = ("core.", "models.", "training.variants", "benchmark.methods.")
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
    parts = tuple(f"{root}.{part}" for part in PARTS)
    leaves = {f"{root}.{leaf}" for leaf in LEAVES}
    digest = hashlib.sha256()
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and name.startswith(parts) and name not in leaves:
            digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:12]
