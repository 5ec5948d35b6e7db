"""What documents and comments name is there: files, folders, modules, links."""

import re
import subprocess
from pathlib import Path

import pytest
from checkout import ROOT

#: Folders of this repository, and how a file in one of them is named.
TOP = "(?:core|models|ui|benchmark|training|scripts|tests|docs|help|requirements)"
FILE = re.compile(rf"(?<![\w/.$}}-]){TOP}/[\w/.-]+\.(?:py|sh|md|toml|csv|txt|lock)\b")
MODULE = re.compile(r"python\S* -m soma\.([\w.]*\w)")
DOTTED = re.compile(r"``((?:core|models|ui|benchmark|training)(?:\.\w+)+)``")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
SPAN = re.compile(r"`([\w./-]+)`")
#: Tests that make small repositories of their own, and are about names.
APART = {"test_layers.py", "test_zip.py", "test_documents.py"}


@pytest.fixture(scope="module")
def tracked():
    """Return the files of this checkout, as git has them, relative to its root."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    names = [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    if not names:
        pytest.skip("this is no checkout")
    return names


def texts(tracked, *endings):
    for name in tracked:
        if name.endswith(endings) and Path(name).name not in APART:
            yield name, (ROOT / name).read_text(encoding="utf-8")


def is_module(dotted):
    """Return whether a folder or file of code has this name, or holds what has."""
    parts, held = dotted.split("."), ""
    while parts:
        path = ROOT / "/".join(parts)
        file = path.with_suffix(".py")
        if file.exists() and re.search(rf"\b{held}\b", file.read_text("utf-8")):
            return True
        if path.is_dir() and not held:
            return True
        held = parts.pop()
    return False


def test_files_that_are_named_exist(tracked):
    lost = {
        f"{name}: {path}"
        for name, text in texts(tracked, ".py", ".sh", ".toml", ".md", ".yml")
        for path in FILE.findall(text)
        if "NAME" not in path and not (ROOT / path).exists()
    }
    assert not lost


def test_modules_that_are_named_exist(tracked):
    lost = {
        f"{name}: {module}"
        for name, text in texts(tracked, ".py", ".sh", ".md")
        for module in (*MODULE.findall(text), *DOTTED.findall(text))
        if not is_module(module)
    }
    assert not lost


def test_links_lead_somewhere(tracked):
    lost = {
        f"{name}: {link}"
        for name, text in texts(tracked, ".md")
        for link in LINK.findall(text)
        if not (ROOT / name).parent.joinpath(link).exists()
    }
    assert not lost


def test_every_path_of_the_contributors_page_exists(tracked):
    """A name may leave out the folders that the sentence has named before it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = re.sub("<!-- house.*<!-- /house -->", "", text, flags=re.DOTALL)
    names = [s for s in SPAN.findall(text) if re.search(r"/|\.(py|sh|md|toml)$", s)]
    ends = [f"/{name}" for name in tracked]
    folders = {f"{parent}/" for name in tracked for parent in Path(name).parents}
    assert len(names) > 50
    assert [
        name
        for name in names
        if not (ROOT / name).exists()
        and not any(end.endswith(f"/{name.removeprefix('./')}") for end in ends)
        and not any(f"/{folder}".endswith(f"/{name}") for folder in folders)
        and name not in ("../shared/data", "NAME_dialog.py")
    ] == []
