"""The signals that end a program; imports nothing that takes time."""

from __future__ import annotations

import signal

#: Those of a terminal, a shell or a system; Windows has two.
ENDING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
)
