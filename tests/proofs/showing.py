"""Whether a section of a page shows a claim on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import get_args

from msgspec.structs import replace
from sqlalchemy.exc import OperationalError

from alembic_review.database.catalogue import Catalogue, Column
from alembic_review.proof import (
    Breaks,
    ChangesNothing,
    Fails,
    KeepsInvalidIndex,
    LeavesBehind,
    LockMode,
    LocksRows,
    Loses,
    NotRestored,
    NotStamped,
    Orphans,
    Proof,
    Rewrites,
    Scans,
    TakesLock,
    Waits,
    Writes,
)
from alembic_review.rule import Rule
from alembic_review.testing import sections
from alembic_review.types import Name
from tests.proofs.project import Database, Project, Seen, Statement, Trial, begin, tried, wipe
from tests.proofs.rows import Held

MODES = get_args(LockMode)


class Section:
    """Revisions of a page after those of its Given, to be tried on a database in all the ways that a claim asks for.

    *there* is SQL that makes what others than the history have made.
    """

    def __init__(
        self, database: Database, folder: Path, given: Sequence[str], shown: Sequence[str], there: Sequence[str] = ()
    ) -> None:
        self.given, self.shown, self.there = given, shown, there
        self.database = database
        self._folders = (folder / str(number) for number in count())

    def project(self) -> Project:
        """The project, of which nothing has run."""
        return Project(next(self._folders), self.given, self.shown)

    def begin(self, *, fill: bool = False) -> Project:
        """The project, when all of Given has run."""
        project = self.project()
        begin(project, self.database, self.there, fill=fill)
        return project

    def trial(self, *, fill: bool = False, query: str = "SELECT 1", rows_of: str | None = None) -> Trial:
        """Up, down and up again by one command for each revision."""
        project = self.begin(fill=fill)
        return tried(project, self.database, project.up, project.down, lambda: [self.database.look(query)], rows_of)

    @property
    def version(self) -> int:
        """The major version of the database."""
        with self.database.engine.connect() as connection:
            return int((connection.dialect.server_version_info or (0,))[0])

    @cached_property
    def alone(self) -> Trial:
        """One command for each revision, no rows."""
        return self.trial()

    @cached_property
    def with_rows(self) -> Trial:
        """One command for each revision, two rows in every table."""
        return self.trial(fill=True)

    @cached_property
    def fresh(self) -> Trial:
        """One command for all revisions."""
        if len(self.given) + len(self.shown) == 1:
            return self.alone
        project = self.project()
        wipe(self.database, self.there)
        return tried(project, self.database, [("upgrade", "heads")], [("downgrade", project.start)])


def section_of(rule: type[Rule], title: str, database: Database, folder: Path) -> Section:
    """The section of a rule's page with this title."""
    blocks = sections(rule.page())
    given, shown = (
        [text for language, text in blocks.get(name, []) if language == "python"] for name in ("Given", title)
    )
    assert shown, f'The page of {rule.name} has no Python under "{title}".'
    there = [text for language, text in blocks.get("Given", []) if language == "sql"]
    return Section(database, folder, given, shown, there)


def unshown(claim: Proof, section: Section) -> str | None:
    """What the database shows instead of *claim*; None where it shows it."""
    match claim:
        case Writes():
            text, error = section.project().written(claim.dialect)
            return None if error is None and claim.sql in text else f"upgrade --sql: {error or text}"
        case Fails():
            return _unfailed(claim, section)
        case KeepsInvalidIndex():
            return _mended(claim, section)
        case Waits():
            return _unwaited(claim, section)
        case Breaks():
            trial = section.trial(query=claim.query)
        case LocksRows():
            trial = section.trial(fill=True, rows_of=claim.table)
        case _:
            trial = section.with_rows if claim.needs_rows else section.alone
    if trial.upgrade.error:
        return trial.failure
    before, after = trial.seen[:2]
    statements = trial.upgrade.statements
    match claim:
        case LeavesBehind() | NotRestored() | Loses():
            if trial.downgrade is None or trial.downgrade.error:
                return trial.failure
            return _unrestored(claim, *trial.seen)
        case Orphans():
            enum = Name(claim.enum)
            used = any(column.type.split("[")[0] == claim.enum for column in _columns(after.catalogue))
            return None if enum in before.catalogue.enums and enum in after.catalogue.enums and not used else "not so"
        case ChangesNothing():
            same = (after.catalogue, after.rows) == (before.catalogue, before.rows)
            return None if same else "the schema, or rows, are others"
        case NotStamped():
            changed = after.catalogue != before.catalogue
            return None if changed and after.version == before.version else f"it is at {after.version}"
        case Breaks():
            if before.refused:
                return f"fails before it too: {before.refused}"
            return None if after.refused == claim.error else f"after it: {after.refused or 'works'}"
        case TakesLock():
            return _unlocked(claim, statements)
        case LocksRows():
            locked = any(claim.table in statement.rows_locked for statement in statements)
            return None if locked else "rows are free"
        case Scans():
            return _unscanned(claim, statements)
        case Rewrites():
            same = before.files.get(claim.table) == after.files.get(claim.table)
            return f'"{claim.table}" is in the same file' if same or claim.table not in after.files else None
        case _:
            raise NotImplementedError(claim)


def _unfailed(claim: Fails, section: Section) -> str | None:
    match claim.command:
        case "rerun":
            project = section.begin()
            first = project.run(section.database, *project.up)
            stamped = project.run(section.database, ("stamp", project.start))
            second = project.run(section.database, *project.up)
            errors = [first.error, stamped.error, second.error]
            return None if errors == [None, None, claim.error] else f"errors: {errors}"
        case "upgrade --sql":
            _text, error = section.project().written(claim.dialect)
            return None if error == claim.error else f"upgrade --sql: {error or 'no failure'}"
    if claim.rows:
        wanted, unwanted = [("with rows", section.with_rows)], [("without rows", section.alone)]
    elif claim.alone:
        wanted, unwanted = [("alone", section.alone)], [("fresh", section.fresh)]
        if claim.error == "UnsafeNewEnumValueUsage" and section.version < 17:
            # Before, it did not help a value that its type was made in the same transaction.
            wanted, unwanted = [*wanted, *unwanted], []
    else:
        wanted, unwanted = [("alone", section.alone), ("fresh", section.fresh)], []
    for how, trial in wanted:
        if _error(claim, trial) != claim.error:
            return f"{how}: {trial.failure or 'no failure'}"
    for how, trial in unwanted:
        if _error(claim, trial) == claim.error:
            return f"{how} too: {trial.failure}"
    return None


def _error(claim: Fails, trial: Trial) -> str | None:
    ran = {"upgrade": trial.upgrade, "downgrade": trial.downgrade, "next upgrade": trial.again}[claim.command]
    return ran.error if ran else None


def _mended(claim: KeepsInvalidIndex, section: Section) -> str | None:
    project = section.begin()
    with section.database.engine.begin() as connection:
        connection.exec_driver_sql(claim.rows)
    first = project.run(section.database, *project.up)
    if not first.error:
        return "the first build does not fail"
    section.database.empty()
    second = project.run(section.database, *project.up)
    seen = section.database.look().catalogue
    indexes = {name: index for table in seen.tables.values() for name, index in table.indexes.items()}
    if second.error or claim.index not in indexes:
        return f"the second build: {second.error}"
    return "the index is valid" if indexes[claim.index].valid else None


def _unwaited(claim: Waits, section: Section) -> str | None:
    project, engine = section.begin(), section.database.engine
    # The reader ends first, or nobody would wait for the upgrade to end.
    with ThreadPoolExecutor(1) as beside, engine.connect() as reader, engine.connect() as behind:
        reader.exec_driver_sql(f"SELECT FROM {claim.table}")
        running = beside.submit(project.run, section.database, *project.up)
        done, _ = wait([running], claim.seconds)
        refused = None
        if not done:
            behind.exec_driver_sql("SET lock_timeout = '100ms'")
            try:
                behind.exec_driver_sql(f"SELECT FROM {claim.table}")
            except OperationalError as error:
                refused = type(error.orig).__name__
    ran = running.result()
    if done:
        return f"it does not wait longer: {ran.error or 'it is done'}"
    return ran.message if ran.error else None if refused == "LockNotAvailable" else "nobody waits behind it"


def _columns(catalogue: Catalogue) -> Iterator[Column]:
    for table in catalogue.tables.values():
        yield from table.columns.values()


def _unrestored(claim: LeavesBehind | NotRestored | Loses, before: Seen, after: Seen, reverted: Seen) -> str | None:
    match claim:
        case LeavesBehind():
            left = _things(reverted.catalogue) - _things(before.catalogue)
            return None if claim.kind in {kind for kind, _ in left} else f"left behind: {sorted(left) or 'nothing'}"
        case NotRestored():
            return "the schema is as it was" if reverted.catalogue == before.catalogue else None
        case Loses():
            return _kept(claim, before, after, reverted)


def _things(catalogue: Catalogue) -> set[tuple[str, str]]:
    """Everything by (kind, name)."""
    found = {("table", str(name)) for name in catalogue.tables}
    found |= {("enum type", str(name)) for name in catalogue.enums}
    found |= {("sequence", str(name)) for name in catalogue.sequences}
    found |= {("view", str(name)) for name in catalogue.views}
    found |= {(kind, str(name)) for kind, name in catalogue.objects}
    for name, table in catalogue.tables.items():
        found |= {("column", f"{name}.{column}") for column in table.columns}
        found |= {("index", f"{name}.{index}") for index in table.indexes}
        found |= {("constraint", f"{name}.{constraint}") for constraint in table.constraints}
    return found


def _kept(claim: Loses, before: Seen, after: Seen, reverted: Seen) -> str | None:
    wanted = claim.name if claim.kind == "table" else claim.name.rpartition(".")[0]
    column = None if claim.kind == "table" else claim.name.rpartition(".")[2]

    def values(held: Held, *, inside: bool) -> set[str]:
        return {
            value
            for table, rows in held.items()
            for row in rows
            for name, value in row.items()
            if value is not None and (wanted in (table[1], ".".join(table)) and column in (None, name)) == inside
        }

    own = values(before.rows, inside=True) - values(before.rows, inside=False)
    if not own:
        return f"it held nothing of its own: {before.rows}"
    for when, seen in (("upgrade", after), ("downgrade", reverted)):
        kept = own & (values(seen.rows, inside=True) | values(seen.rows, inside=False))
        if kept:
            return f"after the {when} there still is {sorted(kept)}"
    return None


def _unlocked(claim: TakesLock, statements: Sequence[Statement]) -> str | None:
    for table in claim.tables:
        modes = {mode for statement in statements for name, mode in statement.locks if name == table}
        strongest = max((MODES.index(mode) for mode in modes if mode in MODES), default=-1)
        if strongest != MODES.index(claim.mode):
            return f'locks on "{table}": {sorted(modes) or "none"}'
    return None


def _unscanned(claim: Scans, statements: Sequence[Statement]) -> str | None:
    strong = MODES[MODES.index(claim.under) :]
    for statement in statements:
        held = any((claim.table, mode) in statement.locks for mode in strong)
        if held and claim.table in statement.scanned:
            return None
    return f"scanned: {[(one.sql, sorted(one.scanned), sorted(one.locks)) for one in statements]}"


def weaker(claim: Proof) -> list[Proof]:
    """What must not be shown where there is nothing of *claim*: itself, and the locks that are stronger."""
    if not isinstance(claim, TakesLock):
        return [claim]
    strong = MODES[MODES.index(claim.mode) :]
    return [replace(claim, mode=mode, tables=(table,)) for mode in strong for table in claim.tables]
