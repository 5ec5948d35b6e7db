"""Which Pythons there are to build an engine from, and what pip has to be told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsNetworkAccessManager
from qgis.PyQt.QtCore import QProcess, QProcessEnvironment, QStandardPaths, QUrl
from qgis.PyQt.QtNetwork import QNetworkProxy

#: The oldest Python of the engine.
OLDEST = (3, 11)
_NAMES = ("python3.11", "python3.12", "python3.13", "python3.14", "python3", "python")

#: Written by a Python that suits: version, and whether it can make environments.
PROBE = (
    "import sys, importlib.util as u; "
    "good = all(map(u.find_spec, ('venv', 'ensurepip'))); "
    "sys.stdout.write('%d %d %d' % (*sys.version_info[:2], good))"
)

#: What the engine imports, and what pip calls it.
PACKAGES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "rasterio": "rasterio",
    "cv2": "opencv-python-headless",
    "pyproj": "pyproj",
    "pyogrio": "pyogrio",
    "shapely": "shapely",
    "jinja2": "jinja2",
}
_LACKING = (
    "import sys, importlib.util as u; "
    "sys.stdout.write('%d %d 1\\n' % sys.version_info[:2]); "
    "sys.stdout.write(' '.join(n for n in sys.argv[1:] if u.find_spec(n) is None))"
)
#: A Python may take so long to start, in milliseconds; a slow disk is no reason.
_START_MS, _POLL_MS = 60_000, 100


def candidates() -> list[str]:
    """Return Pythons on this computer, likeliest first; none is started."""
    found = [QStandardPaths.findExecutable(name) for name in _NAMES]
    bundled = Path(sys.base_prefix) / "python.exe"
    if bundled.exists():
        found.insert(0, str(bundled))
    unique: dict[Path, str] = {}
    for path in found:
        if path:
            unique.setdefault(Path(path).resolve(), path)
    return list(unique.values())


def probe_problem(output: str) -> str:
    """Return why a Python does not suit, by what ``PROBE`` wrote: a key or ""."""
    words = output.split()
    if len(words) != 3 or not all(word.isdigit() for word in words):
        return "no_python"
    if (int(words[0]), int(words[1])) < OLDEST:
        return "too_old"
    return "" if words[2] == "1" else "no_venv"


def lacking(
    python: str, clean: QProcessEnvironment, stopped: Callable[[], bool]
) -> tuple[str, list[str]]:
    """Return a problem as ``probe_problem`` does, and the packages that are missing.

    Waits for the Python to answer, or for ``stopped``: not for QGIS's main thread.
    """
    process = QProcess()
    process.setProcessEnvironment(clean)
    process.start(python, ["-c", _LACKING, *PACKAGES])
    for _ in range(_START_MS // _POLL_MS):
        if process.waitForFinished(_POLL_MS) or not process.processId() or stopped():
            break
    if process.state() != QProcess.ProcessState.NotRunning:
        process.kill()
        process.waitForFinished(_POLL_MS)
    said = bytes(process.readAllStandardOutput()).decode("utf-8", "replace")
    version, _, missing = said.partition("\n")
    return probe_problem(version), [PACKAGES.get(n, n) for n in missing.split()]


def add_proxy(environment: QProcessEnvironment) -> None:
    """Give pip the proxy that QGIS uses, where one is set."""
    manager = QgsNetworkAccessManager.instance()
    address = proxy_url(manager.fallbackProxy())
    if not address:
        return
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        environment.insert(name, address)
    direct = [item for item in _excluded(manager) if item]
    if direct:
        environment.insert("NO_PROXY", ",".join(direct))


def proxy_url(proxy: QNetworkProxy) -> str:
    """Return a proxy as address for pip, "" for none."""
    if not proxy.hostName():
        return ""
    socks = proxy.type() == QNetworkProxy.ProxyType.Socks5Proxy
    url = QUrl()
    url.setScheme("socks5" if socks else "http")
    url.setHost(proxy.hostName())
    if proxy.port():
        url.setPort(proxy.port())
    if proxy.user():
        url.setUserName(proxy.user())
        url.setPassword(proxy.password())
    return bytes(url.toEncoded()).decode("ascii")


def _excluded(manager: Any) -> list[str]:
    return [
        QUrl(text).host() or text
        for text in [*manager.excludeList(), *manager.noProxyList()]
    ]
