"""What is free is kept for what comes next, or goes back to the system."""

import subprocess
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


#: Arrays of a tile's channels come and go; counts the pages fetched for them.
COME_AND_GO = """
import resource
import numpy as np
{setting}
def faults():
    for _ in range(20):
        arrays = [np.ones(1 << 20, np.float32) for _ in range(10)]
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
first = faults()
print(faults() - first)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_arrays_that_come_and_go_are_not_fetched_anew():
    def pages(setting):
        code = COME_AND_GO.format(setting=setting)
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert pages("") > 10_000
    assert pages("import soma.core.api") < 1000
