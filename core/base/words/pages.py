"""Pages of HTML from templates, in the user's language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .message import Translate


@lru_cache(maxsize=4)
def page_environment(folder: Path, say: Translate) -> Environment:
    """Return what makes pages of the templates in a folder.

    All that is put into a page is escaped, and a name that is not given is an error.
    A template is compiled once, which takes as long as a small report's pictures.

    Args:
        folder: of the templates.
        say: the translator, which templates call ``tr``.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["tr"] = say
    return environment
