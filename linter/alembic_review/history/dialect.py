"""Which database a history is for, where it shows that by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from alembic_review.choices import DIALECTS
from alembic_review.history.project import Selection
from alembic_review.text import content

# What an env.py reads the URL of the configuration with, and what says that it may take another one.
_READS = re.compile(rb"engine_from_config|get_main_option|get_section")
_OVERRIDES = re.compile(rb"set_main_option|set_section_option|environ|getenv|postgres")


def dialect_of_folder(selection: Selection) -> str | None:
    """What the folder of the revisions is called after: ``versions/sqlite``."""
    folders = {folder.name for folder in selection.history.version_locations}
    dialect = folders.pop() if len(folders) == 1 else ""
    return dialect if dialect in DIALECTS else None


def dialect_of_url(selection: Selection) -> str | None:
    """That of the ``sqlalchemy.url`` that is configured, where nothing says that it is only one of several.

    An env.py may take another URL from elsewhere, and what speaks of PostgreSQL runs there too.
    """
    dialect = selection.history.settings.dialect
    environment = selection.history.script_location
    if dialect not in DIALECTS or environment is None:
        return None
    text = _texts([environment / "env.py"])
    if not _READS.search(text) or _OVERRIDES.search(text):
        return None
    return None if b"postgres" in _texts(selection.files) else dialect


def _texts(files: Iterable[Path]) -> bytes:
    found = []
    for file in files:
        try:
            found.append(content(str(file)))
        except OSError:
            continue
    return b"\n".join(found)
