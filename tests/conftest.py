"""Import the repository root as the package ``soma``, whatever the folder is called."""

import os

from checkout import import_root

# See core/base/threads.py; it must be set before any test imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import_root()
