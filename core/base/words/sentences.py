"""Every sentence of the program by its code, in English."""

from __future__ import annotations

from .archive import ARCHIVE
from .choices import CHOICES
from .files import FILES
from .models import MODELS
from .options import OPTIONS
from .outcomes import OUTCOMES
from .program import PROGRAM
from .refusals import REFUSALS
from .simulation import SIMULATION

SENTENCES: dict[str, str] = {
    **REFUSALS,
    **CHOICES,
    **OUTCOMES,
    **FILES,
    **OPTIONS,
    **MODELS,
    **PROGRAM,
    **SIMULATION,
    **ARCHIVE,
}
