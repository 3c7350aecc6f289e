"""The names that PostgreSQL and SQLAlchemy choose where a revision gives none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from alembic_review.digest import md5_digits
from alembic_review.types import HOLE

LONGEST = 63
"""Bytes of an identifier that PostgreSQL keeps (NAMEDATALEN - 1)."""

NO_CONVENTION: Mapping[str, str] = {"ix": "ix_%(column_0_label)s"}
"""SQLAlchemy's ``DEFAULT_NAMING_CONVENTION``: only indexes get a name of their own."""


class CannotNameError(Exception):
    """SQLAlchemy finds no name and gives up: `error` is its exception class."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def chosen_name(first: str, second: str, label: str, taken: Callable[[str], bool]) -> str:
    """The name PostgreSQL gives to what belongs to the table *first* and its columns *second* (may be empty).

    It shortens the longer part until all fits into 63 bytes, and counts up while *taken* says that there is such a
    thing already (``ChooseRelationName`` and ``makeObjectName`` in ``src/backend/commands/indexcmds.c``).
    """
    number = 0
    while True:
        name = _joined(first, second, f"{label}{number or ''}")
        if not taken(name):
            return name
        number += 1


def _joined(first: str, second: str, label: str) -> str:
    if len(first) + len(second) + len(label) + 2 <= LONGEST and first.isascii() and second.isascii():
        return f"{first}_{second}_{label}" if second else f"{first}_{label}"
    one, two = first.encode(), second.encode()
    room = LONGEST - len(label) - 1 - (1 if two else 0)
    shorter_one, shorter_two = len(one), len(two)
    while shorter_one + shorter_two > room:
        if shorter_one > shorter_two:
            shorter_one -= 1
        else:
            shorter_two -= 1
    parts = [one[:shorter_one].decode(errors="ignore"), two[:shorter_two].decode(errors="ignore"), label]
    return "_".join(part for part in parts if part)


def joined_columns(columns: Sequence[str]) -> str:
    """The middle part of a chosen name: the columns, up to 63 bytes (``ChooseIndexNameAddition``)."""
    joined = ""
    for column in columns:
        joined = f"{joined}_{column}" if joined else column
        if len(joined.encode()) >= LONGEST:
            break
    return joined.encode()[: LONGEST + 1].decode(errors="ignore")


def shortened(name: str) -> str:
    """A name of SQLAlchemy's own making, or one given with ``op.f()``, cut to the length PostgreSQL takes.

    ``IdentifierPreparer._truncate_and_render_maxlen_name``: 55 letters and four of the name's MD5.
    """
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 8]}_{md5_digits(name.encode())[-4:]}"


_TOKEN = re.compile(r"%\((\w+)\)s")
_COLUMN_TOKEN = re.compile(r"(?P<referred>referred_)?column_(?P<number>\d+)(?P<all>_?N)?_(?P<what>name|key|label)")


class Named(Struct, frozen=True):
    """What a naming convention may ask of a constraint or index. `kind` is ``ix``, ``uq``, ``ck``, ``fk``, ``pk``."""

    kind: str
    table: str
    schema: str | None = None
    columns: Sequence[str] = ()
    name: str | None = None
    referred_table: str = ""
    referred_columns: Sequence[str] = ()


def conventional_name(thing: Named, convention: Mapping[str, str]) -> str | None:
    """What SQLAlchemy calls *thing* under *convention* (``MetaData.naming_convention``), None where it leaves it open.

    Source: ``sqlalchemy/sql/naming.py``. A given name is kept, unless the convention is made from it. A token of the
    project's own making leaves a `HOLE`.

    Raises:
        CannotNameError: where SQLAlchemy raises.
    """
    pattern = convention.get(thing.kind)
    if pattern is None or (thing.name is not None and "constraint_name" not in pattern):
        return thing.name
    return shortened(_TOKEN.sub(lambda token: _worth(token[1], thing), pattern))


def _worth(token: str, thing: Named) -> str:
    if token == "table_name":  # noqa: S105
        return thing.table
    if token == "constraint_name":  # noqa: S105
        if thing.name is None:
            raise CannotNameError(
                "InvalidRequestError",
                "Naming convention including %(constraint_name)s token requires that constraint is explicitly named.",
            )
        return thing.name
    if token == "referred_table_name":  # noqa: S105
        if not thing.columns:
            raise CannotNameError("IndexError", "list index out of range")
        return thing.referred_table
    match = _COLUMN_TOKEN.fullmatch(token)
    if match is None:
        return HOLE
    columns = thing.referred_columns if match["referred"] else thing.columns
    if match["what"] == "label":
        prefix = f"{thing.schema.replace('.', '_')}_{thing.table}" if thing.schema else thing.table
        columns = [f"{prefix}_{column}" for column in columns]
    if match["all"]:
        return ("_" if match["all"] == "_N" else "").join(columns)
    number = int(match["number"])
    if number < len(columns):
        return columns[number]
    if match["referred"]:
        raise CannotNameError("IndexError", "list index out of range")
    return ""
