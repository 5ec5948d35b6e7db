"""Keep BLAS to one thread; import this before numpy.

The linear algebra here is small systems by the thousand. Handing each of them
to several threads costs more than it gains, and far more on a busy machine:
fitting took eight times as long with OpenBLAS's own choice.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
