"""Makes the private environment of the engine, step by step, in other processes.

Nothing blocks: each step is a process whose end starts the next one. A lock keeps
two QGIS windows apart. Until the last step has ended well, the mark that makes
the environment usable is missing, so that a crash leaves nothing half-working. An
environment that is in use stays so until another one has answered in its place.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QLockFile, QObject, QProcess, QStorageInfo, pyqtSignal

from ...core.base.about import VERSION
from ...core.base.words.visible import without_password
from ..qt.i18n import tr
from . import environment, pythons
from .environment import (
    READY_MARK,
    ROOT,
    data_folder,
    engine_folder,
    is_ready,
    next_engine_folder,
    venv_python,
)
from .setup_advice import advice, probe_words

#: What is installed: without torch, its CPU build, its CUDA build; with MB needed.
BASIC, CPU, CUDA = "basic", "cpu", "cuda"
NEEDED_MB = {BASIC: 900, CPU: 2500, CUDA: 9000}
#: What the packages for archives take beside it.
ARCHIVES_MB = 300

_HELLO = json.dumps({"id": 1, "call": "hello"}) + "\n"
#: Python that removes a folder of some ten thousand files, as far as it can be.
_REMOVE = "import shutil, sys; shutil.rmtree(sys.argv[-1], ignore_errors=True)"


@dataclass(frozen=True)
class Step:
    """One process: what it does, in words and as a command, and if it must work.

    ``index`` is the address of a further package index; it may hold a password, and
    arguments are shown to everybody on the machine, so it goes into the environment.
    ``without`` says what goes on where a step fails that is not needed.
    """

    text: str
    command: list[str]
    needed: bool = True
    stdin: str = ""
    index: str = ""
    without: str = ""


class Installer(QObject):
    """One installation; signals tell how it goes."""

    stepBegun = pyqtSignal(str, int)
    line = pyqtSignal(str)
    ended = pyqtSignal(bool, str)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.folder = next_engine_folder()
        # Of pip, which cannot tidy up when it is killed.
        self._scratch = data_folder() / "engine.tmp"
        self._lock: QLockFile | None = None
        self._process: QProcess | None = None
        self._steps: list[Step] = []
        self._build, self._python = BASIC, ""
        self._done, self._output, self._cancelled = 0, "", False
        self._outcome: tuple[bool, str] | None = None

    @property
    def is_running(self) -> bool:
        """Return whether an installation is under way."""
        return self._process is not None

    def start(
        self, python: str, build: str, index: str = "", archives: bool = False
    ) -> None:
        """Begin; ``ended`` comes once, with success and a sentence.

        Args:
            python: to make the environment with.
            build: BASIC, CPU or CUDA.
            index: address of a further package index, "" for none.
            archives: whether to install what several pairs at a time need.
        """
        self.folder = next_engine_folder()
        problem = self._prepare(NEEDED_MB[build] + archives * ARCHIVES_MB)
        if problem:
            self.ended.emit(False, problem)
            return
        self._build, self._python = build, python
        self._steps = steps(python, self.folder, build, index, archives)
        self._done, self._cancelled, self._outcome = 0, False, None
        self._next()

    def cancel(self) -> None:
        """Stop; an environment that is in use stays as it is."""
        self._cancelled = True
        if self._process is not None:
            self._process.kill()

    def _prepare(self, needed_mb: float) -> str:
        place = self.folder.parent
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return tr("{place} cannot be written: {why}.").format(
                place=place, why=error.strerror
            )
        self._lock = QLockFile(str(place / "engine.lock"))
        self._lock.setStaleLockTime(0)
        if not self._lock.tryLock(0):
            return tr("Another QGIS window is setting the engine up; wait for it.")
        (self.folder / READY_MARK).unlink(missing_ok=True)
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(exist_ok=True)
        free_mb = QStorageInfo(str(place)).bytesAvailable() / 1e6
        if 0 <= free_mb < needed_mb:
            self._lock.unlock()
            return tr(
                "{need:.1f} GB are needed in {place}, {free:.1f} GB are free."
            ).format(need=needed_mb / 1e3, place=place, free=free_mb / 1e3)
        return ""

    def _next(self) -> None:
        step = self._steps[self._done]
        self.stepBegun.emit(step.text, round(100 * self._done / len(self._steps)))
        self.line.emit("$ " + without_password(" ".join(step.command)))
        self._output = ""
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        clean = environment.scrubbed_environment()
        clean.insert("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        clean.insert("PIP_NO_INPUT", "1")
        for name in ("TMPDIR", "TEMP", "TMP"):
            clean.insert(name, str(self._scratch))
        if step.index:
            others = clean.value("PIP_EXTRA_INDEX_URL")
            clean.insert("PIP_EXTRA_INDEX_URL", f"{others} {step.index}".strip())
        pythons.add_proxy(clean)
        process.setProcessEnvironment(clean)
        process.readyRead.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._broken)
        self._process = process
        process.start(step.command[0], step.command[1:])
        process.write(step.stdin.encode())
        process.closeWriteChannel()

    def _read(self) -> None:
        text = bytes(self._process.readAll()).decode("utf-8", "replace")
        self._output = (self._output + text)[-20_000:]
        for line in text.splitlines():
            if line.strip():
                self.line.emit(without_password(line))

    def _broken(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._finished(-1, QProcess.ExitStatus.CrashExit)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.deleteLater()
        if self._outcome is not None:
            self._tell()
            return
        step = self._steps[self._done]
        good = code == 0 and status == QProcess.ExitStatus.NormalExit
        if self._cancelled:
            self._end(False, tr("Stopped."))
        elif not good and step.needed:
            self._end(False, advice(self._output))
        elif problem := self._problem(good):
            self._end(False, problem)
        else:
            self._done += 1
            if self._done < len(self._steps):
                self._next()
            else:
                self._end(*self._finish())

    def _problem(self, good: bool) -> str:
        """Return what a step that ended well says is wrong, "" for nothing."""
        if self._done == 0:
            key = pythons.probe_problem(self._output)
            return probe_words()[key] if key else ""
        if self._done == len(self._steps) - 1 and f'"{VERSION}"' not in self._output:
            return tr("The engine does not start; the lines below say why.")
        if not good:
            self.line.emit(self._steps[self._done].without)
        return ""

    def _finish(self) -> tuple[bool, str]:
        before = engine_folder()
        mark = self.folder / READY_MARK
        mark.write_text(json.dumps({"version": VERSION}), encoding="utf-8")
        if before != self.folder:
            (before / READY_MARK).unlink(missing_ok=True)
        ready = tr("The engine is ready.")
        if self._build != BASIC and '"torch": ""' in self._output:
            missing = tr(
                "The neural network (torch) could not be installed, so there is the "
                "gradient model only."
            )
            return True, f"{ready} {missing}"
        return True, ready

    def _end(self, good: bool, text: str) -> None:
        """Remove what is of no use beside the environment in use, and tell the end."""
        self._outcome = (good, text)
        rest = next_engine_folder()
        if not is_ready(engine_folder()) or not rest.exists():
            self._tell()
            return
        self._steps = [Step(tr("Tidying up"), [self._python, "-c", _REMOVE, str(rest)])]
        self._done = 0
        self._next()

    def _tell(self) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)
        if self._lock is not None:
            self._lock.unlock()
        self.ended.emit(*self._outcome)


def steps(
    python: str, folder: Path, build: str, index: str, archives: bool = False
) -> list[Step]:
    """Return what an installation does, in order."""
    own = str(venv_python(folder))
    pip = [own, "-m", "pip", "install", "--no-cache-dir", "--progress-bar", "off"]
    lock = str(ROOT / "requirements" / "engine.lock")
    plan = [
        Step(tr("Looking at Python"), [python, "-c", pythons.PROBE]),
        Step(
            tr("Making the environment"), [python, "-m", "venv", "--clear", str(folder)]
        ),
        Step(tr("Installing the packages"), [*pip, "-r", lock], index=index),
    ]
    if build != BASIC:
        pin = torch_pin(build)
        text = tr("Installing torch (this is the large part)")
        lacking = tr("Going on without torch; the gradient model needs none.")
        plan.append(Step(text, [*pip, pin], False, index=index, without=lacking))
        more = str(ROOT / "requirements" / "networks.lock")
        text = tr("Installing what further networks need")
        lacking = tr("Going on without them; the other models need none of it.")
        command = [*pip, "--no-deps", "-r", more]
        plan.append(Step(text, command, False, index=index, without=lacking))
    if archives:
        more = str(ROOT / "requirements" / "archive.lock")
        text = tr("Installing the packages for archives")
        lacking = tr("Going on without them; pairs are then worked on one by one.")
        command = [*pip, "--no-deps", "-r", more]
        plan.append(Step(text, command, False, index=index, without=lacking))
    command = environment.worker_command(own)
    plan.append(Step(tr("Starting the engine"), command, stdin=_HELLO))
    return plan


def set_up_without_window() -> str:
    """Return how the engine is set up on a command line, by one line for a shell."""
    folder = ROOT / ".venv"
    python = "python" if sys.platform == "win32" else "python3"
    lock = ROOT / "requirements" / "engine.lock"
    make = f'{python} -m venv "{folder}"'
    fill = f'"{venv_python(folder)}" -m pip install -r "{lock}"'
    return tr(
        "The engine is not set up yet. Set it up in the window of QGIS, menu Raster > "
        "SOMA > Set up engine…, or here, with Python 3.11 or later: {command}"
    ).format(command=f"{make} && {fill}")


def torch_pin(build: str) -> str:
    """Return the requirement for torch: a plain pin is the CUDA build on Linux."""
    text = (ROOT / "requirements" / "torch.txt").read_text(encoding="utf-8")
    pin = next(line for line in text.splitlines() if line.startswith("torch=="))
    if build == CPU and sys.platform.startswith("linux"):
        return pin + "+cpu"
    return pin


def crashed_before() -> bool:
    """Return whether an earlier set-up did not come to its end."""
    return engine_folder().exists() and not is_ready(engine_folder())
