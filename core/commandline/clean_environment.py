"""Forget what other installations set for PROJ and GDAL; import before rasterio."""

import os

from ..base.foreign import restrict, scrub

scrub(os.environ)
restrict(os.environ)
