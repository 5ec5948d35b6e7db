#!/usr/bin/env python3
"""Collect all texts for people into i18n/*.ts, and make the .qm files.

Usage: scripts/translations.py [--check]

The plugin says ``tr("...")``, the core marks its sentences with ``N_("...")``, and the
report's template says ``tr("...")``. The plugin reads the .qm files, the engine and the
command line the .ts files. Texts that vanished are dropped, new ones are added as
unfinished. With --check nothing is written; exit code 1 when a text is missing or
unfinished.
"""

import ast
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "i18n"
LANGUAGES = ("zh_CN",)
CONTEXT = "soma"


def texts() -> list[str]:
    """Return all texts that are shown to users, in order of file and line."""
    found: dict[str, None] = {}
    folders = (ROOT / "ui", ROOT / "core", ROOT / "models")
    sources = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    for path in [ROOT / "plugin.py", *sources]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_text(node.func):
                found.update(dict.fromkeys(_literals(path, node)))
    for path in sorted((ROOT / "core").rglob("*.html.j2")):
        said = re.findall(
            r'\btr\("((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")
        )
        found.update(dict.fromkeys(said))
    return list(found)


def _is_text(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id in ("tr", "N_")


def _literals(path: Path, node: ast.Call) -> list[str]:
    text = node.args[0]
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return [text.value]
    if path.is_relative_to(ROOT / "core"):
        return []  # The core's own ``tr`` looks up what is marked elsewhere.
    raise SystemExit(f"{path}:{node.lineno}: tr() needs a plain text")


def read(path: Path) -> dict[str, str]:
    """Return the finished translations of a .ts file."""
    if not path.exists():
        return {}
    known = {}
    for message in ElementTree.parse(path).iter("message"):
        translation = message.find("translation")
        if translation is not None and translation.get("type") is None:
            known[message.findtext("source", "")] = translation.text or ""
    return known


def write(path: Path, language: str, known: dict[str, str]) -> None:
    """Write a .ts file with all texts."""
    root = ElementTree.Element("TS", version="2.1", language=language)
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    for text in texts():
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        if known.get(text):
            translation.text = known[text]
        else:
            translation.set("type", "unfinished")
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    path.write_text(head + body + "\n", encoding="utf-8")


def unfinished() -> list[str]:
    """Return what each language lacks."""
    return [
        f"{language}: {text}"
        for language in LANGUAGES
        for text in texts()
        if not read(FOLDER / f"soma_{language}.ts").get(text)
    ]


def main() -> int:
    """Update the files, or check them."""
    if "--check" not in sys.argv[1:]:
        release = shutil.which("lrelease") or shutil.which("lrelease-qt6")
        if release is None:
            raise SystemExit("lrelease is needed (Debian: qttools5-dev-tools).")
        for language in LANGUAGES:
            path = FOLDER / f"soma_{language}.ts"
            write(path, language, read(path))
            subprocess.run([release, "-silent", str(path)], check=True)
    left = unfinished()
    for line in left:
        sys.stderr.write(f"untranslated: {line}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
