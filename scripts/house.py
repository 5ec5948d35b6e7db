#!/usr/bin/env python3
"""Draw the house from its imports, and check it against docs/house.toml.

Usage: scripts/house.py [--write]

Prints rings, floors, wings and arrows. Exit code 1 when an import is one that the
table does not allow, when wings or modules import each other in a circle, when the
table allows what nothing does, or when CONTRIBUTING.md shows another house; with
--write the page is brought up to date.
"""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path("docs") / "house.toml"
PAGE = "CONTRIBUTING.md"
BEGIN, END = "<!-- house: made by scripts/house.py -->", "<!-- /house -->"
#: Names of this repository's packages; inside they are imported relatively.
OWN = {"soma", "core", "models", "ui", "benchmark", "training"}


@dataclass
class House:
    """What the table says and what the files do.

    Args:
        may: wing ("core/base") to what it may import: wings, modules or rings.
        knows_not: ring to packages that none of its files may import.
        arrows: (wing, module it imports) to the places where it does.
        modules: module to the modules it imports, all of this repository.
        lines: wing to the lines of each of its files.
        purpose: wing to the first sentence of its package.
    """

    may: dict[str, list[str]]
    knows_not: dict[str, set[str]]
    arrows: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    modules: dict[str, set[str]] = field(default_factory=dict)
    foreign: list[tuple[str, str, str]] = field(default_factory=list)
    lines: dict[str, list[int]] = field(default_factory=dict)
    purpose: dict[str, str] = field(default_factory=dict)

    def wing(self, module: str) -> str:
        """Return the wing of a module such as ``core/base/types``."""
        for depth in (2, 1):
            name = "/".join(module.split("/")[:depth])
            if name in self.may:
                return name
        return "/".join(module.split("/")[:2])

    def between(self) -> dict[str, set[str]]:
        """Return each wing and the wings that it imports."""
        out = {wing: set[str]() for wing in self.may}
        for wing, module in self.arrows:
            out.setdefault(wing, set()).add(self.wing(module))
        return out


def read_house(root: Path = ROOT) -> House:
    """Read the table and every import of the rings it names."""
    table = tomllib.loads((root / TABLE).read_text(encoding="utf-8"))
    may, knows_not = {}, {}
    for ring, wings in table.items():
        knows_not[ring] = set(wings.pop("knows_not", ()))
        for name, allowed in wings.items():
            wing = ring if name == "all" else f"{ring}/{name}"
            may[wing] = [
                a if a in table or "/" in a else f"{ring}/{a}" for a in allowed
            ]
    house = House(may, knows_not)
    lines, arrows = defaultdict(list), defaultdict(list)
    for path in sorted(p for ring in table for p in (root / ring).rglob("*.py")):
        module = path.relative_to(root).with_suffix("").as_posix()
        wing, text = house.wing(module), path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        if path.name == "__init__.py":
            purpose = (ast.get_docstring(tree) or "").split("\n")[0]
            house.purpose[module.removesuffix("/__init__")] = purpose
            if not tree.body[1:]:
                continue
        elif wing == module:
            house.purpose[wing] = (ast.get_docstring(tree) or "").split("\n")[0]
        lines[wing].append(text.count("\n"))
        module = module.removesuffix("/__init__")
        house.modules.setdefault(module, set())
        for target, line in _imports(root, path, tree):
            where = f"{path.relative_to(root).as_posix()}:{line}"
            if target.startswith("/"):
                house.foreign.append((where, module.split("/")[0], target[1:]))
                continue
            house.modules[module].add(target)
            if house.wing(target) != wing:
                arrows[wing, target].append(where)
    house.lines, house.arrows = dict(lines), dict(arrows)
    return house


def _imports(root: Path, path: Path, tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield modules of this repository, and "/" with the name of foreign packages."""
    inside = path.relative_to(root).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield "/" + alias.name.split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield "/" + (node.module or "").split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1]
            base += tuple(node.module.split(".")) if node.module else ()
            for alias in node.names:
                below = root.joinpath(*base, alias.name)
                deeper = below.with_suffix(".py").exists() or below.is_dir()
                yield "/".join((*base, alias.name) if deeper else base), node.lineno


def faults(house: House) -> list[str]:
    """Return a sentence for each fault of the house."""
    out = []
    for where, ring, package in house.foreign:
        if package in house.knows_not[ring] | OWN:
            out.append(f"{where}: {ring} may not import {package}")
    used = set()
    for (wing, module), places in sorted(house.arrows.items()):
        allowed = [
            a for a in house.may.get(wing, ()) if f"{module}/".startswith(f"{a}/")
        ]
        used.update((wing, a) for a in allowed)
        if wing not in house.may:
            out.append(f"{places[0]}: {wing} is no wing of {TABLE}")
        elif not allowed:
            out.append(f"{places[0]}: {wing} may not import {module}")
    for wing, allowed in house.may.items():
        if wing not in house.lines:
            out.append(f"{TABLE} names {wing}, which is not there")
        idle = [a for a in allowed if (wing, a) not in used]
        out += [f"{TABLE} lets {wing} import {a}, which it does not" for a in idle]
    for graph in (house.between(), house.modules):
        out += [f"circle: {' -> '.join(circle)}" for circle in circles(graph)]
    return out


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return a circle for each group of nodes that reach each other."""
    found, done = [], set[str]()

    def visit(node: str, path: list[str]) -> None:
        if node in path:
            found.append([*path[path.index(node) :], node])
        elif node not in done:
            for other in sorted(graph.get(node, ())):
                visit(other, [*path, node])
            done.add(node)

    for node in sorted(graph):
        visit(node, [])
    return found


def floors(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the nodes of a graph without circles by floor, the ground floor first."""
    height: dict[str, int] = {}

    def climb(node: str) -> int:
        if node not in height:
            height[node] = 1 + max((climb(o) for o in graph[node]), default=-1)
        return height[node]

    for node in graph:
        climb(node)
    top = max(height.values(), default=-1)
    return [sorted(n for n in graph if height[n] == k) for k in range(top + 1)]


def rings(house: House) -> dict[str, dict[str, set[str]]]:
    """Return each ring that has wings, with the arrows between these."""
    graph, out = house.between(), defaultdict[str, dict[str, set[str]]](dict)
    for wing in house.may:
        ring, _, name = wing.partition("/")
        if name:
            own = {w for w in graph[wing] if w.startswith(f"{ring}/")}
            out[ring][wing] = own
    return dict(out)


def drawing(house: House) -> str:
    """Return the picture of the rings and their wings, in Markdown."""
    parts = []
    for ring, graph in rings(house).items():
        parts += [f"### {ring}", "", "```mermaid", "flowchart TD"]
        for wing, others in graph.items():
            seen = {t for o in others for t in _below(graph, o)}
            for other in sorted(others - seen):
                parts.append(f"  {_name(wing)} --> {_name(other)}")
        parts += ["```", "", "| wing | what it is | may import |", "|---|---|---|"]
        for floor in reversed(floors(graph)):
            for wing in floor:
                may = ", ".join(
                    f"`{a.removeprefix(f'{ring}/')}`" for a in house.may[wing]
                )
                what = house.purpose.get(wing, "").replace("``", "`")
                parts.append(f"| `{_name(wing)}` | {what} | {may or '-'} |")
        parts.append("")
    return "\n".join(parts)


def _below(graph: dict[str, set[str]], node: str) -> set[str]:
    return graph[node] | {t for other in graph[node] for t in _below(graph, other)}


def _name(wing: str) -> str:
    return wing.partition("/")[2]


def report(house: House) -> str:
    """Return the floors and arrows in plain text."""
    out = []
    for ring, graph in rings(house).items():
        levels = floors(graph)
        arrows = sum(map(len, graph.values()))
        out.append(f"{ring}: {len(graph)} wings, {len(levels)} floors, {arrows} arrows")
        for number, floor in reversed(list(enumerate(levels, 1))):
            for wing in floor:
                lines = house.lines.get(wing, [])
                below = ", ".join(sorted(map(_name, graph[wing]))) or "-"
                size = f"{len(lines):3} files {sum(lines):5} lines"
                out.append(f"  {number}  {_name(wing):<12} {size}  -> {below}")
    return "\n".join(out)


def page_with(text: str, house: House) -> str:
    """Return the contributor's page with the picture of this house."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{drawing(house)}{END}{tail}"


def main() -> int:
    """Print the house, and what is wrong with it."""
    house = read_house()
    wrong = faults(house)
    if not any(w.startswith("circle") for w in wrong):
        print(report(house))
        page = ROOT / PAGE
        text = page.read_text(encoding="utf-8")
        fresh = page_with(text, house)
        if "--write" in sys.argv[1:]:
            page.write_text(fresh, encoding="utf-8")
        elif fresh != text:
            wrong.append(f"{PAGE} shows another house: run scripts/house.py --write")
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
