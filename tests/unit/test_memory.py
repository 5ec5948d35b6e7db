"""What is free goes back to the system."""

import sys
from pathlib import Path

import numpy as np
import pytest
from soma.core.base.memory import release_freed


def resident_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_freed_memory_below_what_is_still_used_is_given_back():
    blocks = [np.ones(8000, np.uint8) for _ in range(25_000)]
    last = np.ones(8000, np.uint8)
    del blocks
    before = resident_mib()
    release_freed()
    assert resident_mib() < before - 100
    assert last.all()
