"""Time and memory."""

# Before numpy, which reads how many threads it may take when it loads.
from ...core.base import threads  # noqa: F401
