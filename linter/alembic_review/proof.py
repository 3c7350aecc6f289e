"""What a rule claims of the database: a real one has to show it for the rule's Example, and not for its Use instead."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

LockMode = Literal[
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
]
"""The modes of table locks that anybody notices, each stronger than the one before."""

PROVEN_ON = {
    "postgresql": "PostgreSQL 15 and 18",
    "sqlite": "SQLite",
    "mysql": "the SQL that Alembic writes for MySQL",
}
"""Where claims are proven, by Alembic's name of the dialect."""

_STOPPED = {
    "SHARE UPDATE EXCLUSIVE": "other changes of it",
    "SHARE": "writes to it",
    "SHARE ROW EXCLUSIVE": "writes to it",
    "EXCLUSIVE": "writes to it",
    "ACCESS EXCLUSIVE": "reads and writes of it",
}


class Proof(Struct, frozen=True, kw_only=True):
    """A claim. `dialect` is Alembic's name of the database that shows it."""

    dialect: Literal["postgresql", "sqlite", "mysql"] = "postgresql"

    @property
    def words(self) -> str:
        """The claim as it is told to people, such as ``the upgrade fails with NotNullViolation``."""
        raise NotImplementedError

    @property
    def needs_rows(self) -> bool:
        """Whether there has to be something in the tables."""
        return False


class Fails(Proof, frozen=True):
    """A command stops with `error`.

    That is psycopg's name of the error class of PostgreSQL, else that of the Python exception. The command is the
    upgrade, the downgrade after it, the upgrade after that (``next upgrade``), the same upgrade once more, as after
    a failure behind it (``rerun``), or ``upgrade --sql``. `rows`: only where tables have rows. `alone`: where the
    revision is deployed by a command of its own, and not where one ``upgrade head`` goes through the whole history.
    """

    error: str
    command: Literal["upgrade", "downgrade", "next upgrade", "rerun", "upgrade --sql"] = "upgrade"
    rows: bool = False
    alone: bool = False

    @property
    def words(self) -> str:
        command = "a rerun of the upgrade" if self.command == "rerun" else f"the {self.command}"
        alone = ", by a command of its own," if self.alone else ""
        return f"{command}{alone} fails with {self.error}{' when the table has rows' if self.rows else ''}"

    @property
    def needs_rows(self) -> bool:
        return self.rows


class LeavesBehind(Proof, frozen=True):
    """After upgrade and downgrade there is a `kind` of thing that was not there: ``enum type``, ``index``, …"""

    kind: str

    @property
    def words(self) -> str:
        return f"upgrade and downgrade leave {_a(self.kind)} behind"


class NotRestored(Proof, frozen=True):
    """After upgrade and downgrade the schema is not what it was."""

    @property
    def words(self) -> str:
        return "after upgrade and downgrade the schema is not what it was"


class Orphans(Proof, frozen=True):
    """After the upgrade no column has an enum type that one had before, and the type is still there."""

    enum: str

    @property
    def words(self) -> str:
        return f'after the upgrade no column has the enum type "{self.enum}", which is still there'


class KeepsInvalidIndex(Proof, frozen=True):
    """After a build that failed, the next upgrade runs, and keeps the index that is not valid.

    `rows` is the SQL that writes rows on which the build fails; they are gone before the next.
    """

    index: str
    rows: str

    @property
    def words(self) -> str:
        return f'after a build that failed, the next upgrade runs and keeps the INVALID index "{self.index}"'


class NotStamped(Proof, frozen=True):
    """The upgrade runs without an error and changes the schema, and Alembic does not know that it has run."""

    @property
    def words(self) -> str:
        return "the upgrade runs, and the version that Alembic keeps stays the old one"


class ChangesNothing(Proof, frozen=True):
    """The upgrade runs without an error, and schema and rows stay as they are."""

    @property
    def words(self) -> str:
        return "the upgrade runs, and schema and rows stay as they are"


class Writes(Proof, frozen=True):
    """``alembic upgrade --sql`` writes a statement that has this text in it."""

    sql: str

    @property
    def words(self) -> str:
        return f"the upgrade has the statement `{self.sql}`"


class Loses(Proof, frozen=True):
    """What a `kind` of thing held before the upgrade is nowhere in the database after it, nor after the downgrade.

    `name` is that of the thing: ``user``, ``user.nickname``.
    """

    kind: Literal["table", "column"]
    name: str

    @property
    def words(self) -> str:
        return f'what the {self.kind} "{self.name}" held is gone, and the downgrade does not bring it back'

    @property
    def needs_rows(self) -> bool:
        return True


class TakesLock(Proof, frozen=True):
    """The upgrade holds a lock of this mode, and none that is stronger, on each of the tables, until it commits."""

    mode: LockMode
    tables: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"the upgrade locks {_quoted(self.tables)} in the mode {self.mode}, which stops {_STOPPED[self.mode]}"


class LocksRows(Proof, frozen=True):
    """The upgrade holds a lock on every row of a table until it commits."""

    table: str

    @property
    def words(self) -> str:
        return f'the upgrade locks every row of "{self.table}" until it commits'

    @property
    def needs_rows(self) -> bool:
        return True


class Scans(Proof, frozen=True):
    """The upgrade reads a whole table, while it holds a lock of at least this mode on it."""

    table: str
    under: LockMode

    @property
    def words(self) -> str:
        return (
            f'the upgrade reads every row of "{self.table}" under a lock of the mode {self.under}, '
            f"which stops {_STOPPED[self.under]}"
        )


class Rewrites(Proof, frozen=True):
    """The upgrade writes every row of a table anew."""

    table: str

    @property
    def words(self) -> str:
        return f'the upgrade writes every row of "{self.table}" anew, and nobody can read or write it meanwhile'


class Waits(Proof, frozen=True):
    """While somebody reads a table, the upgrade waits longer than `seconds` for its lock, and others wait behind it."""

    table: str
    seconds: int

    @property
    def words(self) -> str:
        return (
            f'while a transaction that reads "{self.table}" is open, the upgrade waits for longer than {self.seconds} '
            "seconds, and whoever wants to read the table meanwhile waits behind it"
        )


class Breaks(Proof, frozen=True):
    """A query that the database answers before the upgrade fails after it, with `error`."""

    query: str
    error: str

    @property
    def words(self) -> str:
        return f"`{self.query}` works before the upgrade, and fails with {self.error} after it"


def _a(thing: str) -> str:
    return f"an {thing}" if thing[0] in "aeiou" else f"a {thing}"


def _quoted(names: tuple[str, ...]) -> str:
    *most, last = (f'"{name}"' for name in names)
    return f"{', '.join(most)} and {last}" if most else last
