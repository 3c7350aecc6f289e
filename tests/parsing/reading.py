"""Reads a revision from its text, for tests: no files, no tree."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from alembic_review.operations import Operation
from alembic_review.parsing.module import Reader
from alembic_review.revision import Revision, Unreadable

PATH = "/project/versions/one.py"


class Files:
    """A tree of a few files, by module name and by path."""

    def __init__(self, modules: dict[str, str] | None = None, texts: dict[str, str] | None = None) -> None:
        self._modules = modules or {}
        self._texts = texts or {}

    def module(self, name: str, base: str) -> str | None:
        return f"/project/{name}.py" if name in self._modules else None

    def text(self, path: str, base: str) -> str | None:
        known = {f"/project/{name}.py": text for name, text in self._modules.items()} | self._texts
        return known.get(str(Path(base or "/project/alembic.ini").parent / path))


def read(source: str, files: Files | None = None, dialect: str = "postgresql") -> Revision:
    """The revision that *source* is; it is dedented first."""
    found = read_any(source, files, dialect)
    assert isinstance(found, Revision), found
    return found


def read_any(source: str, files: Files | None = None, dialect: str = "postgresql") -> Revision | Unreadable:
    return Reader(files or Files(), dialect).read(PATH, dedent(source).encode())


def upgraded(body: str, files: Files | None = None, dialect: str = "postgresql", head: str = "") -> list[Operation]:
    """The operations of an ``upgrade()`` with this body."""
    lines = dedent(body).strip("\n").replace("\n", "\n    ")
    source = (
        "import sqlalchemy as sa\nfrom alembic import context, op\nfrom sqlalchemy.dialects import postgresql\n"
        f'{dedent(head)}\nrevision = "a"\ndown_revision = None\n\ndef upgrade():\n    {lines}\n'
    )
    return list(read(source, files, dialect).upgrade or ())
