"""Packages that bring matchers, made in a folder as an installer would leave them."""

import sys
import textwrap
import tomllib
from pathlib import Path

GROUP = "soma.matchers"
#: A matcher that knows the truth; ``%s`` is what happens at import and on matching.
HONEST = """
import numpy as np
from soma.core.base.types import Matches, TileMatch
class Honest:
    tile_px, batch = 128, 2
    def match(self, pairs, search, feedback=None):
        print("a library that talks")
        return [self.one(pair) for pair in pairs]
    def one(self, pair):
        xy = np.stack(np.meshgrid(*2 * [np.arange(8.5, 120, 8)]), -1).reshape(-1, 2)
        return TileMatch(Matches(xy, xy + (3.0, -2.0), np.ones(len(xy), np.float32)))
def make(device, weights, threads):
    return Honest()
"""


def add(site, monkeypatch, package, source, entries, metadata=()):
    """Make a package importable and known to ``importlib.metadata``.

    Args:
        site: folder that stands for site-packages.
        monkeypatch: undoes it.
        package: name of the package and of its module.
        source: of the module, "" for a module that is missing.
        entries: names of matchers, each to the object in the module.
        metadata: further lines of its metadata.
    """
    module = package.replace("-", "_")
    if source:
        (site / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    told = site / f"{module}-1.0.dist-info"
    told.mkdir()
    head = ["Metadata-Version: 2.1", f"Name: {package}", "Version: 1.0", *metadata]
    (told / "METADATA").write_text("\n".join(head) + "\n", encoding="utf-8")
    lines = [f"{name} = {module}:{what}" for name, what in entries.items()]
    text = "\n".join([f"[{GROUP}]", *lines])
    (told / "entry_points.txt").write_text(text, encoding="utf-8")
    if str(site) not in sys.path:
        monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, module, raising=False)


def add_project(site, monkeypatch, folder):
    """Make a project's only module known as its ``pyproject.toml`` says."""
    project = tomllib.loads((Path(folder) / "pyproject.toml").read_text())["project"]
    entries = project["entry-points"][GROUP]
    (module,) = {value.partition(":")[0] for value in entries.values()}
    source = (Path(folder) / f"{module}.py").read_text(encoding="utf-8")
    add(
        site,
        monkeypatch,
        module.replace("_", "-"),
        source,
        {name: value.partition(":")[2] for name, value in entries.items()},
        [
            f"Summary: {project['description']}",
            f"License: {project['license']['text']}",
            *(f"Requires-Dist: {need}" for need in project["dependencies"]),
        ],
    )
