"""What an env.py says of how migrations are run: a value, read without running anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct, field

from alembic_review.operations import NOWHERE, Place
from alembic_review.types import Name

EventKind = Literal["configure", "begin_transaction", "run_migrations", "execute", "commit", "create_all"]


class Event(Struct, frozen=True):
    """Something an env.py does, in the order in which it does it.

    `inside` is True within ``with context.begin_transaction()``. `text` is the SQL of ``execute``, where it is known.
    `when` are the ids of the conditions that it hangs on, which nobody can tell.
    """

    kind: EventKind
    place: Place
    inside: bool = False
    text: str = ""
    when: frozenset[int] = frozenset()


VERSION_TABLE = "alembic_version"
"""Alembic's own name for its table."""


def _unknown(_table: Name) -> bool | None:
    return None


class Environment(Struct, frozen=True):
    """What an env.py says.

    `options` are the keywords that ``context.configure()`` is given, with the values that could be read (texts, truth
    values, None); for any other the value is its name. `more_options` is whether there are keywords that could not be
    read. `naming_convention` is that of ``target_metadata``, empty where there is none, None where it could not be
    read. `has_metadata` is False where ``target_metadata`` is None, and None where that is not known.
    `excludes` tells of a table whether ``include_object`` or ``include_name`` leave it out; None where that could not
    be read. `filters` is whether there is any such function. `events` are those of the online mode. `lock_timeout` is
    whether one is set by anything it does, `foreign_keys_off` whether SQLite is told not to look at foreign keys,
    `autocommits` whether the isolation level AUTOCOMMIT is set.
    `opens_connection` is whether the file connects by itself, and is not handed a connection that somebody else
    commits. `metadata_packages` are the ``__init__.py`` of the project's packages that ``target_metadata`` comes from.
    `places` says where findings point: ``target_metadata``, ``configure``.
    """

    path: str
    events: tuple[Event, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    more_options: bool = False
    naming_convention: Mapping[str, str] | None = None
    has_metadata: bool | None = None
    filters: bool = False
    excludes: Callable[[Name], bool | None] = _unknown
    lock_timeout: bool = False
    foreign_keys_off: bool = False
    autocommits: bool = False
    opens_connection: bool = False
    metadata_packages: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)

    def place(self, name: str) -> Place:
        """Where a part of the file stands; nowhere for what is not there."""
        return self.places.get(name, NOWHERE)

    @property
    def version_table(self) -> str:
        """The name of the table in which Alembic notes where a database is."""
        name = self.options.get("version_table")
        return name if isinstance(name, str) else VERSION_TABLE

    @property
    def transaction_per_migration(self) -> bool:
        """Whether each revision is applied in a transaction of its own."""
        return self.options.get("transaction_per_migration") is True
