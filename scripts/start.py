"""What ``./run`` does once the engine is there; ``./run --help`` tells it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import qgis_home

ROOT = Path(__file__).resolve().parents[1]
SOMA = ROOT / ".venv" / "bin" / "soma"
EXAMPLE = ROOT / "example"
#: QGIS's words that are no news for anybody.
NOISE = ("QStandardPaths:", "<string>:", "Warning 1:")


def main(words: list[str]) -> int:
    """Install, or register and show a pair; returns the exit code."""
    if words == ["--install"]:
        return qgis_home.install()
    if words:
        pair, out = words[:2], Path.cwd() / "out"
        if len(words) != 2 or any(word.startswith("-") for word in words):
            return register_plainly(words)
        missing = [word for word in pair if not _is_there(word)]
        if missing:
            say(f"There is no file {missing[0]}; see ./run --help.")
            return 2
        pair = [_absolute(word) for word in pair]
    else:
        pair, out = example(), ROOT / "out"
    window, process = qgis_home.program("qgis"), qgis_home.program("qgis_process")
    if window and qgis_home.has_display():
        return show(window, pair, out)
    if process:
        return register_in_qgis(process, pair, out)
    say("QGIS was not found, so the command line does the work.")
    code = register_plainly([*pair, "--out", str(out)])
    say(
        "To see the result on a map, install QGIS 3.22 or later (qgis.org; on Debian "
        "and Ubuntu: apt install qgis python3-qgis) and call ./run again."
    )
    return code


def example() -> list[str]:
    """Return the files of the example pair; they are made when missing."""
    pair = [str(EXAMPLE / "sar.tif"), str(EXAMPLE / "optical.tif")]
    if not (EXAMPLE / "truth.json").exists():
        say("Making an example pair in example/ ...")
        make = [SOMA, "simulate", "--out", EXAMPLE, "--size", "1024", "--seed", "2"]
        subprocess.run([*make, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return pair


def register_plainly(words: list[str]) -> int:
    """Run the command line; results go to ``out`` where no other place is named."""
    named = any(word == "--out" or word.startswith("--out=") for word in words)
    words = words if named else [*words, "--out", "out"]
    return subprocess.run([SOMA, "register", *words]).returncode


def show(qgis: str, pair: list[str], out: Path) -> int:
    """Open QGIS with the plugin; there it registers the pair and shows the result."""
    home = qgis_home.own_profile()
    task = {"sar": pair[0], "optical": pair[1], "out": str(out)}
    options = ["--nologo", "--noversioncheck", "--profiles-path", str(home)]
    script = str(ROOT / "scripts" / "show_pair.py")
    say("Opening QGIS; the result is on the map in a moment.")
    say(f"Each run gets a new folder in {_near(out)}. Close QGIS to end.")
    with open(home / "log.txt", "w") as log:
        done = subprocess.run(
            [qgis, *options, "--code", script],
            env={**os.environ, "SOMA_SHOW": json.dumps(task)},
            stdout=log,
            stderr=log,
        )
    if done.returncode:
        say(f"QGIS ended with an error; its words are in {_near(home / 'log.txt')}.")
    return 1 if done.returncode else 0


def register_in_qgis(process: str, pair: list[str], out: Path) -> int:
    """Register without a window through ``qgis_process``."""
    say("There is no display, so QGIS works without a window (qgis_process) ...")
    environment = {
        **os.environ,
        "QGIS_CUSTOM_CONFIG_PATH": str(qgis_home.own_profile()),
        "QT_QPA_PLATFORM": "offscreen",
    }
    values = [f"SAR={pair[0]}", f"OPTICAL={pair[1]}", f"OUTPUT={out}"]
    done = subprocess.run(
        [process, "--json", "run", "soma:register", "--", *values],
        env=environment,
        capture_output=True,
        text=True,
    )
    found = _results(done.stdout) if done.returncode == 0 else {}
    if not found:
        say(_last_words(done.stderr))
        return done.returncode or 1
    say(
        f"Registered: the images were {found['BEFORE_PX']:.1f} px apart and are now "
        f"{found['AFTER_PX']:.2f} px, by the median of "
        "the matches; in 9 of 10 cases the transform is off by less than "
        f"{found['EXPECTED_ERROR_PX']:.1f} px."
    )
    say(f"The files are in {_near(out)}; look at report.html first.")
    return 0


def say(text: str) -> None:
    """Write one line for the user."""
    sys.stderr.write(text + "\n")


def _results(text: str) -> dict[str, float]:
    try:
        return json.loads(text)["results"]
    except (ValueError, KeyError):
        return {}


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(NOISE)]
    return told[-1] if told else "QGIS gave no result and no reason."


def _is_there(word: str) -> bool:
    return word.startswith("/vsi") or Path(word).exists()


def _absolute(word: str) -> str:
    return word if word.startswith("/vsi") else str(Path(word).absolute())


def _near(path: Path) -> str:
    """Return a path as the user would type it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
