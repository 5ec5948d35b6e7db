"""Keep numeric libraries from waiting at full speed; import this before numpy.

The linear algebra here is small systems by the thousand. Handing each of them
to several threads costs more than it gains, and far more on a busy machine:
fitting took eight times as long with OpenBLAS's own choice. For the same reason
threads of OpenMP, torch's, sleep while they wait for each other: spinning, they
kept a busy machine's cores from the very work they waited for, and a pair of
256 px took 3 to 16 s instead of 0.3.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
