"""What to do where a Python or an installation will not do."""

from __future__ import annotations

from ..qt.i18n import tr


def probe_words() -> dict[str, str]:
    """Return what is wrong with a Python, in words."""
    return {
        "no_python": tr(
            "That is no Python that can be started; choose another one, or install one "
            "from python.org/downloads."
        ),
        "too_old": tr(
            "That Python is older than 3.11; choose a newer one, or install one from "
            "python.org/downloads."
        ),
        "no_venv": tr(
            "That Python cannot make environments; install its venv package (on Debian "
            "and Ubuntu: python3-venv) or choose another one."
        ),
    }


def advice(output: str) -> str:
    """Return what to do about a failed installation, by what pip said."""
    low = output.lower()
    for signs, text in (
        (
            ("do not match the hashes",),
            tr(
                "A package is not the file that SOMA was made for: its checksum "
                "differs. Try again; if your package index has builds of its own, "
                "install them into a Python and choose Use an existing Python."
            ),
        ),
        (("no space left",), tr("The disk is full; make room and try again.")),
        (
            ("407", "proxyerror", "proxy authentication"),
            tr(
                "The proxy refused: enter your name and password for it in QGIS, under "
                "Settings > Options > Network, and try again."
            ),
        ),
        (
            ("certificate_verify", "ssl"),
            tr("The secure connection failed; ask who runs your network for help."),
        ),
        (
            ("permission denied", "winerror 5", "access is denied"),
            tr("A file could not be written; a virus scanner may hold it. Try again."),
        ),
        (
            ("no matching distribution", "could not find a version"),
            tr(
                "A package does not exist for this Python, which may be too new; "
                "choose another Python, for instance 3.12."
            ),
        ),
        (
            ("newconnection", "name resolution", "timed out", "unreachable"),
            tr(
                "The server with the packages was not reached: check the connection to "
                "the internet and try again."
            ),
        ),
    ):
        if any(sign in low for sign in signs):
            return text
    return tr("The step failed; the lines below say why.")
