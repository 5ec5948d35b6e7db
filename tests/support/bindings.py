"""Looks for names that QGIS's and Qt's Python bindings of this machine do not have.

What an expression is, is taken from annotations, constructors and the signatures that
the bindings write into their docstrings. What is not known is not judged, and a name
that any subclass of a declared class has counts as there.
"""

import ast
import importlib
import re
from dataclasses import dataclass, field
from pathlib import Path

_MODULES = (
    "qgis.core",
    "qgis.gui",
    "qgis.PyQt.QtCore",
    "qgis.PyQt.QtGui",
    "qgis.PyQt.QtNetwork",
    "qgis.PyQt.QtWidgets",
    "qgis.PyQt.QtXml",
)
_RETURNS = re.compile(r"\) -> (?:Optional\[)?([\w.]+)")


@dataclass
class Own:
    """A class of the plugin: its bases, its attributes, what its methods give."""

    bases: list[str]
    attributes: dict[str, ast.expr] = field(default_factory=dict)
    methods: dict[str, ast.expr | None] = field(default_factory=dict)


class Bindings:
    """All classes of the bindings and of the plugin, by name."""

    def __init__(self, files: list[Path]):
        self.trees = {path: ast.parse(path.read_text("utf-8")) for path in files}
        self.foreign: dict[str, type] = {}
        for name in _MODULES:
            space = vars(importlib.import_module(name))
            self.foreign.update({k: v for k, v in space.items() if k != "pyqtSignal"})
        self.own: dict[str, Own] = {}
        for tree in self.trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    _add(self.own.setdefault(node.name, Own([])), node)

    def problems(self) -> tuple[list[str], int]:
        """Return what is missing, "file:line: Class.name", and how much was judged."""
        found, judged = set(), 0
        for path, tree in self.trees.items():
            for scope, owner in _scopes(tree):
                known = self._variables(scope, owner)
                for node in ast.walk(scope):
                    if not isinstance(node, ast.Attribute):
                        continue
                    kind = self.kind(node.value, known) or self._class(node.value)
                    judged += kind is not None
                    if kind is not None and not self._has(kind, node.attr):
                        found.add(f"{path}:{node.lineno}: {kind}.{node.attr}")
        return sorted(found), judged

    def kind(self, node: ast.expr | None, known: dict[str, str]) -> str | None:
        """Return the name of an expression's class, None where it is not known."""
        if isinstance(node, ast.Name):
            return known.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.kind(node.value, known)
            return self._attribute(owner, node.attr) if owner else None
        if not isinstance(node, ast.Call):
            return None
        made = node.func
        if isinstance(made, ast.Name):
            is_class = made.id in self.own or isinstance(
                self.foreign.get(made.id), type
            )
            return made.id if is_class else None
        if not isinstance(made, ast.Attribute):
            return None
        if isinstance(made.value, ast.Name) and made.value.id in self.foreign:
            return self._returned(made.value.id, made.attr)
        owner = self.kind(made.value, known)
        return self._returned(owner, made.attr) if owner else None

    def _class(self, node: ast.expr) -> str | None:
        """Return the name of a class of the bindings that is named itself."""
        name = node.id if isinstance(node, ast.Name) else ""
        return name if isinstance(self.foreign.get(name), type) else None

    def _variables(self, scope: ast.FunctionDef, owner: str) -> dict[str, str]:
        known = {"self": owner} if owner else {}
        for argument in scope.args.args + scope.args.kwonlyargs:
            named = self._named(argument.annotation)
            if named:
                known[argument.arg] = named
        twice = set()
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name, kind = node.targets[0].id, self.kind(node.value, known)
                if name in twice or kind is None:
                    known.pop(name, None)
                else:
                    known[name] = kind
                twice.add(name)
        return known

    def _named(self, annotation: ast.expr | None) -> str | None:
        words = re.findall(r"\w+", ast.unparse(annotation)) if annotation else []
        words = [word for word in words if word != "None"]
        one = words[0] if len(words) == 1 else ""
        return one if one in self.own or one in self.foreign else None

    def _attribute(self, owner: str, name: str) -> str | None:
        if owner not in self.own:
            return None
        value = self.own[owner].attributes.get(name)
        return self._named(value) or self.kind(value, {})

    def _returned(self, owner: str, name: str) -> str | None:
        for base in self._line(owner):
            if base in self.own and name in self.own[base].methods:
                return self._named(self.own[base].methods[name])
            if base in self.foreign:
                text = getattr(getattr(self.foreign[base], name, None), "__doc__", "")
                kinds = {k for k in _RETURNS.findall(text or "") if k in self.foreign}
                return kinds.pop() if len(kinds) == 1 else None
        return None

    def _line(self, name: str) -> list[str]:
        bases = self.own[name].bases if name in self.own else []
        return [name, *(b for base in bases for b in self._line(base))]

    def _has(self, kind: str, name: str) -> bool:
        for base in self._line(kind):
            own, foreign = self.own.get(base), self.foreign.get(base)
            if own and (name in own.attributes or name in own.methods):
                return True
            if not own and (foreign is None or _anywhere(foreign, name)):
                return True
            if not own and kind != base and hasattr(foreign, name):
                return True
        return all(base in self.own for base in self._line(kind)) and hasattr(
            object, name
        )


def _scopes(tree: ast.Module) -> list[tuple[ast.FunctionDef, str]]:
    """Return functions and methods, with their class; those that ask before not."""
    owners = {
        method: node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for method in node.body
    }
    return [
        (node, owners.get(node, ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "hasattr(" not in ast.unparse(node)
    ]


def _add(made: Own, node: ast.ClassDef) -> None:
    """Note what a class has; two of one name count as one that has both's."""
    made.bases += [ast.unparse(base).split(".")[-1] for base in node.bases]
    given = {
        argument.arg: argument.annotation
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name == "__init__"
        for argument in method.args.args
    }
    for item in ast.walk(node):
        if isinstance(item, ast.FunctionDef):
            made.methods[item.name] = item.returns
        elif isinstance(item, ast.AnnAssign):
            _note(made, item.target, item.annotation)
        elif isinstance(item, ast.Assign):
            for target in item.targets:
                several = isinstance(target, ast.Tuple)
                names = target.elts if several else [target]
                paired = several and isinstance(item.value, ast.Tuple)
                values = item.value.elts if paired else [item.value] * len(names)
                for one, value in zip(names, values, strict=False):
                    if isinstance(value, ast.Name):
                        value = given.get(value.id) or value
                    _note(made, one, value)


def _note(made: Own, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Attribute | ast.Name):
        name = target.attr if isinstance(target, ast.Attribute) else target.id
        made.attributes.setdefault(name, value)


def _anywhere(kind: type, name: str) -> bool:
    if hasattr(kind, name):
        return True
    return isinstance(kind, type) and any(
        _anywhere(sub, name) for sub in type.__subclasses__(kind)
    )
