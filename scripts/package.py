#!/usr/bin/env python3
"""Write the zip for QGIS's plugin manager, and run the site's gate over it.

Usage: scripts/package.py [--out FILE] [--no-gate]

The zip holds the tracked files that ``.gitattributes`` does not leave out, in
one folder ``soma``. The gate is what plugins.qgis.org checks: bandit (with all of
its tests, more than the site's list), detect-secrets, flake8, rules for files and
metadata. Exit code 1 and a list when anything is found.
"""

import argparse
import configparser
import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import venv
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "soma"
MOST_BYTES = 25_000_000

#: The publisher's fields: neutral until somebody publishes. Nothing else states them.
PUBLISHER = {
    "author": "SOMA developers",
    "email": "soma@example.org",
    "homepage": "https://example.org/soma",
    "tracker": "https://example.org/soma/issues",
    "repository": "https://example.org/soma",
}
REQUIRED = (
    "name",
    "description",
    "about",
    "version",
    "qgisMinimumVersion",
    "qgisMaximumVersion",
    "icon",
    "category",
    "hasProcessingProvider",
    *PUBLISHER,
)
CATEGORIES = {"Raster", "Vector", "Database", "Mesh", "Web"}

#: flake8 as the site runs it; names of Qt are not snake case.
FLAKE8 = ("--max-line-length=120", "--extend-ignore=E203,W503")

FORBIDDEN_PARTS = {"__pycache__", ".git", "__MACOSX", "tests", "training", "benchmark"}
FORBIDDEN_ENDS = (
    ".pyc",
    ".so",
    ".dll",
    ".exe",
    ".dylib",
    ".ui~",
    ".bak",
    ".pt",
    ".pth",
)
#: First bytes of programs and pickles.
MAGIC = (
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"\x80\x02",
    b"\x80\x04",
)


def tracked_files() -> list[str]:
    """Return the tracked files that belong into the zip, sorted."""
    names = _git("ls-files", "-z").split("\0")
    names = [name for name in names if name and (ROOT / name).is_file()]
    marks = _git("check-attr", "-z", "export-ignore", "--", *_with_parents(names))
    fields = marks.split("\0")
    ignored = {
        fields[i] for i in range(0, len(fields) - 2, 3) if fields[i + 2] == "set"
    }
    return sorted(n for n in names if not ignored & set(_with_parents([n])))


def write_zip(out: Path) -> None:
    """Write the zip; the same files give the same bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in tracked_files():
            info = zipfile.ZipInfo(f"{FOLDER}/{name}", (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, (ROOT / name).read_bytes())


def file_problems(path: Path) -> list[str]:
    """Return what the site's rules for files find."""
    found = []
    if path.stat().st_size > MOST_BYTES:
        found.append(f"{path.name} has {path.stat().st_size} bytes, over {MOST_BYTES}")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        tops = {PurePosixPath(name).parts[0] for name in names}
        if tops != {FOLDER}:
            found.append(f"top folders are {sorted(tops)}")
        for need in ("__init__.py", "metadata.txt", "LICENSE", "resources.qrc"):
            if f"{FOLDER}/{need}" not in names:
                found.append(f"{need} is missing")
        for name in names:
            found += _name_problems(name)
            if archive.read(name)[:4].startswith(MAGIC) and not name.endswith(".png"):
                found.append(f"{name} looks like a program or a pickle")
    return found


def _name_problems(name: str) -> list[str]:
    parts = PurePosixPath(name).parts
    bad = FORBIDDEN_PARTS & set(parts) or any(part.startswith(".") for part in parts)
    bad = bad or name.endswith(FORBIDDEN_ENDS) or ".." in parts or "\\" in name
    return [f"{name} does not belong into the zip"] if bad else []


def metadata_problems(folder: Path) -> list[str]:
    """Return what the site's rules for metadata.txt find."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(folder / "metadata.txt", encoding="utf-8")
    values = parser["general"]
    found = [f"metadata.txt lacks {key}" for key in REQUIRED if not values.get(key)]
    if found:
        return found
    if not re.fullmatch(r"\d+\.\d+\.\d+", values["version"]):
        found.append(f"version {values['version']} is not like 1.2.3")
    if values["category"] not in CATEGORIES:
        found.append(f"category {values['category']} is unknown")
    if not (folder / values["icon"]).is_file():
        found.append(f"icon {values['icon']} is missing")
    if "/" in values["author"]:
        found.append("author must not contain a slash")
    if "plugin" in values["name"].lower():
        found.append("the name should not contain 'plugin'")
    for key in ("homepage", "tracker", "repository"):
        if urllib.parse.urlparse(values[key]).scheme not in ("http", "https"):
            found.append(f"{key} is no web address")
    return found


def neutral_fields(folder: Path) -> list[str]:
    """Return the publisher's fields that must be filled before an upload."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(folder / "metadata.txt", encoding="utf-8")
    values = parser["general"]
    return [key for key, neutral in PUBLISHER.items() if values.get(key) == neutral]


def tool_problems(folder: Path, tools: Path) -> list[str]:
    """Return the findings of bandit, detect-secrets and flake8."""
    found = []
    report = _run(tools, "bandit", "-r", ".", "-f", "json", "-q", cwd=folder)
    for item in json.loads(report)["results"]:
        where = f"{item['filename']}:{item['line_number']}"
        found.append(f"bandit {item['test_id']} {where} {item['issue_text']}")
    report = _run(tools, "detect-secrets", "scan", "--all-files", ".", cwd=folder)
    for name, items in json.loads(report)["results"].items():
        found += [
            f"detect-secrets {name}:{i['line_number']} {i['type']}" for i in items
        ]
    report = _run(tools, "flake8", *FLAKE8, ".", cwd=folder)
    return found + [f"flake8 {line}" for line in report.splitlines() if line]


def tools_folder() -> Path:
    """Return the scripts folder of an environment with the gate's tools."""
    place = ROOT / ".venv-package"
    scripts = place / ("Scripts" if sys.platform == "win32" else "bin")
    pins = ROOT / "requirements" / "package.txt"
    stamp = place / ".ready"
    if not stamp.exists() or stamp.read_text() != pins.read_text():
        say(f"Installing the gate's tools into {place.name} ...")
        venv.create(place, clear=True, with_pip=True)
        pip = [str(scripts / "python"), "-m", "pip", "install", "-q", "-r", str(pins)]
        subprocess.run([*pip, "--disable-pip-version-check"], check=True)
        stamp.write_text(pins.read_text())
    return scripts


def gate(path: Path) -> list[str]:
    """Return everything the site would find in a zip."""
    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(place)
        folder = Path(place) / FOLDER
        found = file_problems(path) + metadata_problems(folder)
        return found + tool_problems(folder, tools_folder())


def main() -> int:
    """Write the zip and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "dist" / f"{FOLDER}.zip",
        help="the zip to write (default: dist/soma.zip)",
    )
    parser.add_argument("--no-gate", action="store_true", help="only write the zip")
    args = parser.parse_args()
    write_zip(args.out)
    say(f"Written: {args.out} ({args.out.stat().st_size / 1e6:.1f} MB)")
    if args.no_gate:
        return 0
    found = gate(args.out)
    for line in found:
        say(f"  {line}")
    say(f"The gate found {len(found) or 'nothing'}.")
    fields = neutral_fields(ROOT)
    if fields:
        say(f"Before an upload, fill in metadata.txt: {', '.join(fields)}.")
    return 1 if found else 0


def say(text: str) -> None:
    """Write one line for the user."""
    sys.stderr.write(text + "\n")


def _git(*words: str) -> str:
    git = shutil.which("git")
    if git is None:
        raise SystemExit("git is needed to know which files belong to the plugin.")
    done = subprocess.run(
        [git, "-C", str(ROOT), *words], capture_output=True, check=True
    )
    return done.stdout.decode()


def _with_parents(names: list[str]) -> list[str]:
    every = set(names)
    for name in names:
        every.update(str(p) for p in PurePosixPath(name).parents if str(p) != ".")
    return sorted(every)


def _run(tools: Path, program: str, *words: str, cwd: Path) -> str:
    command = [str(tools / program), *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{program} did not run: {done.stderr[-500:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
