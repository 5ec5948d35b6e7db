"""QGIS as a user starts it: its own home and display, and what it leaves behind."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

from screen import END_WITH_ME, SIZE, Screen

INSIDE = Path(__file__).parent / "inside"
#: Until QGIS has started on a busy machine, and until it has ended.
START_S, END_S = 180, 90
#: Until QGIS answers a request, which its own long turns hold up.
ANSWER_S = 120
#: No QGIS of a journey runs for longer; less than pytest.ini gives to a whole journey.
LIFE_S = 540
#: Until QGIS has written where its threads are.
_STACKS_S = 1
_PROFILE = Path(".local/share/QGIS/QGIS3/profiles/default")
_MARK = "SOMA_JOURNEY_MARK"
#: Kept from the environment of the tests; all else of it is not the user's.
_KEPT = ("LANG", "TZ")
#: Where the system has its programs; other Pythons on the path are not QGIS's.
_PATH = "/usr/local/bin:/usr/bin:/bin"
#: What QGIS and Qt leave in the folder for temporary files themselves.
_NOT_OURS = (
    "qgis",
    "QGIS",
    "processing_",
    "qt_",
    ".X",
    "dbus",
    "runtime-",
    "exthostpaste",
)


class Stuck(AssertionError):
    """QGIS did not answer, or has ended."""


class Home:
    """The home folder of somebody: QGIS's profile and all that programs keep there."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def variables(self) -> dict:
        """Return the environment variables of this user's programs."""
        kept = {k: os.environ[k] for k in _KEPT if k in os.environ}
        return {**kept, "PATH": _PATH, "HOME": str(self.folder)}

    @property
    def _settings(self) -> Path:
        return self.folder / _PROFILE / "QGIS" / "QGIS3.ini"

    def copy(self, folder: Path) -> "Home":
        """Return another one that begins as this one is now."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Home(folder)

    @property
    def plugins(self) -> Path:
        """Return where QGIS keeps plugins."""
        return self.folder / _PROFILE / "python" / "plugins"

    def use_packages(self, folder: Path) -> None:
        """Let pip of this user take packages from a folder instead of the network."""
        file = self.folder / ".config" / "pip" / "pip.conf"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"[global]\nno-index = true\nfind-links = {folder}\n")

    def speak(self, locale: str) -> None:
        """Choose the language of QGIS."""
        text = self._settings.read_text(encoding="utf-8")
        text = re.sub(r"(?ms)^\[locale\]\n.*?(?=^\[|\Z)", "", text)
        chosen = f"\n[locale]\noverrideFlag=true\nuserLocale={locale}\n"
        self._settings.write_text(text + chosen, encoding="utf-8")

    def set_up(self, **sections: dict) -> None:
        """Write QGIS's settings before its first start, by sections."""
        self._settings.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for name, values in sections.items():
            lines += [f"[{name}]", *(f"{k}={v}" for k, v in values.items())]
        self._settings.write_text("\n".join(lines) + "\n", encoding="utf-8")


class Program:
    """One QGIS that runs, and the display it runs on.

    Args:
        home: whose QGIS it is.
        log: file for what QGIS writes.
        variables: further environment variables.
        words: further words of the command line.
        size: of the display, in pixels.
    """

    def __init__(self, home: Home, log: Path, variables=None, words=(), size=SIZE):
        self.screen, self.log, self.home = Screen(size), log, home
        self.scratch = Path(tempfile.mkdtemp(prefix="journey-"))
        for name in ("tmp", "run"):
            (self.scratch / name).mkdir(mode=0o700)
        self._mark, self._socket, self._rest = uuid.uuid4().hex, None, b""
        door = self.scratch / "door"
        environment = home.variables
        environment.update(
            DISPLAY=self.screen.name,
            TMPDIR=str(self.scratch / "tmp"),
            XDG_RUNTIME_DIR=str(self.scratch / "run"),
            SOMA_JOURNEY_SOCKET=str(door),
            SOMA_JOURNEY_INSIDE=str(INSIDE),
            **{_MARK: self._mark},
            **(variables or {}),
        )
        start = ["qgis", "--nologo", *words, "--code", str(INSIDE / "start.py")]
        with open(log, "a") as file:
            self.process = subprocess.Popen(
                [*END_WITH_ME, *start],
                env=environment,
                stdout=file,
                stderr=file,
                cwd=home.folder,
                start_new_session=True,
            )
        self._life = threading.Timer(LIFE_S, self._ends_its_life)
        self._life.daemon = True
        self._life.start()
        self._knock(door)

    def _knock(self, door: Path) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.end()
                raise Stuck(f"QGIS ends at once; its words: {self.last_words()}")
            try:
                line = socket.socket(socket.AF_UNIX)
                line.connect(str(door))
            except OSError:
                line.close()
                time.sleep(0.05)
                continue
            self._socket = line
            return
        self.end()
        raise Stuck(f"QGIS has not started after {START_S} s.")

    def ask(self, do: str, **values):
        """Return QGIS's answer to a request of ``inside/start.py``."""
        self._socket.settimeout(ANSWER_S)
        try:
            self._socket.sendall(json.dumps({"do": do, **values}).encode() + b"\n")
            while b"\n" not in self._rest:
                part = self._socket.recv(1 << 20)
                if not part:
                    raise Stuck(f"QGIS has ended; its words: {self.last_words()}")
                self._rest += part
        except TimeoutError:
            stacks = self.stacks()
            raise Stuck(f"QGIS does not answer for {ANSWER_S} s: {stacks}") from None
        except OSError:
            raise Stuck(f"QGIS has ended; its words: {self.last_words()}") from None
        line, self._rest = self._rest.split(b"\n", 1)
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def children(self) -> dict:
        """Return the command lines of the processes that QGIS has started, by id."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == self.process.pid:
                continue
            try:
                marked = (
                    f"{_MARK}={self._mark}".encode()
                    in (folder / "environ").read_bytes()
                )
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if marked and any(words):
                found[int(folder.name)] = " ".join(words).strip()
        return found

    def wait(self) -> int:
        """Wait until QGIS has ended; returns its exit code."""
        try:
            return self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            raise Stuck(f"QGIS has not ended after {END_S} s.") from None

    def left_behind(self) -> list:
        """Return what is still there after QGIS has ended: processes, files."""
        end = time.monotonic() + 10
        while self.children() and time.monotonic() < end:
            time.sleep(0.05)
        found = [f"process {k}: {v}" for k, v in self.children().items()]
        return found + [f"temporary file {p.name}" for p in self.temporary_files()]

    def temporary_files(self) -> list:
        """Return what is in the folder for temporary files, without QGIS's own."""
        files = sorted((self.scratch / "tmp").iterdir())
        return [path for path in files if not path.name.startswith(_NOT_OURS)]

    def stacks(self) -> str:
        """Return where QGIS's Python is, which it writes when asked by a signal."""
        before = self.log.stat().st_size
        self.process.send_signal(signal.SIGUSR1)
        time.sleep(_STACKS_S)
        return self.log.read_bytes()[before:].decode(errors="replace")

    def _ends_its_life(self) -> None:
        """Kill QGIS, so that whatever waits for it fails with where it was."""
        told = self.stacks()
        self._kill()
        with open(self.log, "a") as file:
            file.write(f"Killed after {LIFE_S} s, when it was at:\n{told}")

    def _kill(self) -> None:
        for pid in [*self.children(), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def end(self) -> None:
        """End whatever still runs, and the display."""
        self._life.cancel()
        if self._socket is not None:
            self._socket.close()
        self._kill()
        self.process.wait(END_S)
        self.screen.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def last_words(self) -> str:
        """Return the end of what QGIS wrote."""
        return self.log.read_text(errors="replace")[-1500:]
