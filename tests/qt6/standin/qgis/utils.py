"""There is no main window."""

from typing import Any

iface: Any = None
