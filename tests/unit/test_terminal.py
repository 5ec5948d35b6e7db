"""The command in terminals as they are: any encoding, any name, any signal."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest
from soma.core.base.feedback import LineFeedback
from soma.core.base.words.visible import visible, without_password

COMMAND = [sys.executable, "-m", "soma.core.commandline.main"]


def soma(*words, **changes):
    environment = {**os.environ, **changes}
    return subprocess.run(
        [*COMMAND, *map(os.fsencode, words)], capture_output=True, env=environment
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_names_are_printed_in_every_encoding(make_raster, tmp_path, encoding):
    path = make_raster("weit 影像 Ω ž.tif")
    odd = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    told = soma("info", path, **odd)
    assert (told.returncode, told.stderr) == (0, b"")
    missing = soma("info", tmp_path / "fehlt 影像.tif", **odd)
    assert missing.returncode == 2
    assert b"\\u5f71\\u50cf" in missing.stderr


def test_names_are_utf8_where_the_locale_says_nothing(make_raster, tmp_path):
    path, out = make_raster("weit Ω.tif"), tmp_path / "aus Ω.tif"
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    made = soma("checkerboard", path, path, "--out", out, "--json", **plain)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["files"] == [str(out)]
    assert out.exists()


def test_names_cannot_write_to_the_terminal(tmp_path):
    missing = soma("info", tmp_path / "a\x1b]0;gone\x07\u202e.tif")
    assert missing.returncode == 2
    assert b"\x1b" not in missing.stderr
    assert b"\\x1b]0;gone\\x07\\u202e.tif" in missing.stderr


def test_what_is_plain_stays_as_it_is():
    assert visible("0.27\xa0px, 影像 – “a”\n") == "0.27\xa0px, 影像 – “a”\n"
    assert without_password("$ pip --index https://ab:c%40d@host/x y@z") == (
        "$ pip --index https://***@host/x y@z"
    )
    assert visible("a\r\tb\x00\udcff") == "a\\r\\tb\\x00\\udcff"


def test_names_that_are_no_utf8_are_told(tmp_path):
    told = soma("info", os.fsdecode(bytes(tmp_path) + b"/\xff\xfe.tif"))
    assert told.returncode == 2
    assert b"\\udcff" in told.stderr
    assert told.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_when_all_is_done_changes_nothing(name):
    """Python ends with the functions that were asked to run then."""
    late = "import atexit, os, signal, sys, runpy; "
    late += f"atexit.register(os.kill, os.getpid(), signal.{name}); "
    late += "sys.argv = ['soma', 'models']; "
    late += "runpy.run_module('soma.core.commandline.main', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", late], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"gradient" in done.stdout


def test_signals_are_heard_before_anything_is_imported():
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], "--version"]
    lines = subprocess.run(command, capture_output=True, text=True).stderr.splitlines()
    names = [line.split("|")[-1].strip() for line in lines if "|" in line]
    before = names[: names.index("soma.core.commandline.startup")]
    assert not {"json", "typing", "pathlib", "soma.core.base.feedback"} & set(
        before[before.index("soma.core") :]
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_while_it_starts_ends_it_in_a_word(name):
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], "models"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        for line in process.stderr:
            if b"commandline.startup" in line:
                break
        process.send_signal(getattr(signal, name))
        said = process.stderr.read()
        assert process.wait(30) == 130
    assert b"soma: Stopped." in said
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("more", "own"), [((), True), (("--multiprocessing-fork",), False)]
)
def test_workers_of_a_command_leave_signals_as_they_are(more, own):
    """They have its name in ``sys.argv``."""
    code = (
        "import signal, sys; sys.argv = ['/usr/bin/soma']; "
        "import soma.core.commandline.startup; "
        "print(signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL)"
    )
    command = [sys.executable, "-c", code, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(own)


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_error(make_raster):
    path = make_raster()
    reading, writing = os.pipe()
    os.close(reading)
    gone = subprocess.run(
        [*COMMAND, "info", path], stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert (gone.returncode, gone.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
def test_output_that_cannot_be_printed_is_told(make_raster):
    with open("/dev/full", "wb") as full:
        told = subprocess.run(
            [*COMMAND, "info", make_raster()], stdout=full, stderr=subprocess.PIPE
        )
    assert told.returncode == 2
    assert b"No space left" in told.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
@pytest.mark.parametrize(("more", "stream"), [((), "stderr"), (("--json",), "stdout")])
def test_errors_that_cannot_be_printed_keep_their_exit_code(tmp_path, more, stream):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with open("/dev/full", "wb") as full:
        streams[stream] = full
        told = subprocess.run([*COMMAND, "info", tmp_path / "no.tif", *more], **streams)
    assert told.returncode == 2
    assert not told.stdout and not told.stderr


def test_progress_that_cannot_be_printed_ends_no_work(monkeypatch):
    class Full:
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    feedback = LineFeedback(seconds=0)
    feedback.setProgressText("Matching")
    feedback.setProgress(50)
    assert not feedback.isCanceled()


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_too_little_memory_for_the_imports_is_told():
    # The first of the libraries takes more than this alone.
    code = (
        "import os, resource, sys; "
        "resource.setrlimit(resource.RLIMIT_AS, (200 << 20, -1)); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, *COMMAND, "models"]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 2, told.stderr[-300:]
    last = told.stderr.splitlines()[-1]
    assert last.startswith("soma: There is too little memory to begin")
    assert "Traceback" not in told.stderr
