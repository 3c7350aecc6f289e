"""A schema while one operation changes it, and what every operation asks of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.naming import chosen_name
from alembic_review.persistent import Shared
from alembic_review.replay.outcome import Dependent, Effect, Refusal, Run, Thing, What
from alembic_review.schema import (
    RELATIONS,
    Column,
    Constraint,
    Index,
    Key,
    Object,
    Origin,
    Schema,
    Table,
)
from alembic_review.types import HOLE, Name

_NOTHING: frozenset[Name] = frozenset()


def plain(name: Name) -> Name:
    """The name without the schema that PostgreSQL finds things in anyway."""
    return Name(name.name) if name.schema == "public" else name


class Draft:
    """A schema being changed by one operation. What is in it is shared with the schema before until it is replaced."""

    __slots__ = (
        "_base",
        "complete",
        "constraint_names",
        "doubted",
        "effects",
        "enums",
        "gone",
        "indexes",
        "objects",
        "origin",
        "referred_by",
        "refusals",
        "refused",
        "run",
        "sequences",
        "tables",
        "typed_by",
        "unread",
        "unused",
        "viewed_by",
    )

    def __init__(self, schema: Schema, run: Run, operation: ops.Operation) -> None:
        self._base = schema
        self.tables = schema.tables
        self.enums = schema.enums
        self.sequences = schema.sequences
        self.objects = schema.objects
        self.indexes = schema.indexes
        self.constraint_names = schema.constraint_names
        self.referred_by = schema.referred_by
        self.typed_by = schema.typed_by
        self.viewed_by = schema.viewed_by
        self.gone = schema.gone
        self.complete = schema.complete
        self.doubted = schema.doubted
        self.unread = schema.unread
        self.run = run
        self.origin = Origin(operation, run.revision, run.upgrade, schema.unread)
        self.refusals: list[Refusal] = []
        self.refused = False
        self.effects: list[Effect] = []
        self.unused = False

    def schema(self) -> Schema:
        """The schema as it is now; the very same object where nothing changed."""
        base = self._base
        if (
            self.tables is base.tables
            and self.enums is base.enums
            and self.sequences is base.sequences
            and self.objects is base.objects
            and self.indexes is base.indexes
            and self.viewed_by is base.viewed_by
            and self.gone is base.gone
            and self.complete is base.complete
            and self.doubted is base.doubted
            and self.unread == base.unread
        ):
            return base
        return Schema(
            self.tables,
            self.enums,
            self.sequences,
            self.objects,
            self.indexes,
            self.constraint_names,
            self.referred_by,
            self.typed_by,
            self.viewed_by,
            self.gone,
            self.complete,
            self.doubted,
            self.unread,
        )

    # --- what is told ------------------------------------------------------------------------------------------------

    def refuse(
        self,
        error: str,
        message: str,
        kind: str,
        name: str,
        table: Name | None = None,
        *,
        by: Origin | None = None,
        since: Origin | None = None,
        dependents: Iterable[Dependent] = (),
        alone: bool = True,
        fresh: bool = True,
    ) -> None:
        """PostgreSQL, or what stands before it, refuses the operation; the other arguments are those of `Refusal`.

        None is kept where something unread may have changed what the refusal rests on: it is so *since* then, or
        was made so *by* that, or has been since the table was made.
        """
        self.refused = True
        there = self.tables.get(table) if table is not None else None
        rests_on = since or by or (there.origin if there is not None else None)
        refusal = Refusal(error, message, kind, name, table, by, tuple(dependents), alone, fresh)
        if not refusal.asks_schema or self.knows(rests_on):
            self.refusals.append(refusal)

    def let_go(
        self,
        what: str,
        kind: str,
        name: str,
        table: Name | None,
        dependents: Iterable[tuple[Dependent, bool]],
        *,
        cascade: bool,
    ) -> None:
        """Refuse to drop *what*, as PostgreSQL calls it, if anything that is not uncertain stands on it."""
        sure = [item for item, uncertain in dependents if not uncertain and item.name not in self.doubted]
        if sure and not cascade:
            message = f"cannot drop {what} because other objects depend on it"
            self.refuse("DependentObjectsStillExist", message, kind, name, table, since=self.origin, dependents=sure)

    def went(self, what: What, kind: str, thing: Thing, table: Name | None = None) -> None:
        """Something went along with the operation."""
        self.effects.append(Effect(what, kind, str(thing.name), table, thing))

    # --- what is there -----------------------------------------------------------------------------------------------

    def table(self, name: Name) -> Table | None:
        """The table that an operation is on: there, refused because it is gone, or else assumed to be there."""
        name = plain(name)
        table = self.tables.get(name)
        if table is not None:
            return table
        if HOLE in name.name or self.relation(name) is not None:
            return None
        by = self.gone.get(Key("table", name))
        if by is not None and self.knows(by):
            self.refuse("UndefinedTable", f'relation "{name}" does not exist', "table", str(name), name, by=by)
            return None
        table = Table(name, None, uncertain=True, complete=False)
        self.went("assumed", "table", table, name)
        if not (self.origin.operation.conditions and name in self.run.older):
            self.complete = False
        self.tables = self.tables.put(name, table)
        return table

    def relation(self, name: Name) -> str | None:
        """What has that name among tables, indexes, sequences and views, which share one space of names."""
        if name in self.tables:
            return "table"
        if name in self.indexes:
            return "index"
        if name in self.sequences:
            return "sequence"
        if len(self.objects):
            for kind in RELATIONS:
                if Key(kind, name) in self.objects:
                    return kind
        return None

    def maker(self, name: Name) -> Origin | None:
        """What made the relation of that name."""
        thing: Table | Object | Index | Constraint | None = self.tables.get(name)
        if thing is None and (owner := self.indexes.get(name)) is not None and (table := self.tables.get(owner)):
            thing = table.indexes.get(name.name) or table.constraints.get(name.name)
        if thing is None and (sequence := self.sequences.get(name)):
            return sequence.origin
        for kind in RELATIONS:
            thing = thing or self.objects.get(Key(kind, name))
        return thing.origin if thing is not None else None

    def is_uncertain(self, name: Name) -> bool:
        """Whether the relation of that name may not be there."""
        if not name.known or name.name in self.doubted:
            return True
        table = self.tables.get(name)
        if table is not None:
            return table.uncertain
        owner = self.indexes.get(name)
        if owner is not None:
            table = self.tables.get(owner)
            if table is None:
                return False
            index = table.indexes.get(name.name)
            if index is not None:
                return index.uncertain
            return any(item.uncertain for item in table.constraints.values() if item.index == name.name)
        sequence = self.sequences.get(name)
        if sequence is not None:
            return sequence.uncertain
        return any(item.uncertain for kind in RELATIONS if (item := self.objects.get(Key(kind, name))))

    def surely_lacks(self, table: Table, member: str) -> bool:
        """Whether *table*, where *member* was looked for in vain, has no such column, constraint or index."""
        by = table.gone.get(member)
        sure = self.knows(by) if by is not None else table.complete and self.knows(table.origin)
        return sure and member not in self.doubted and HOLE not in member

    def lacks_column(self, table: Table, column: str, message: str) -> None:
        """Refuse what asks for a column that is not there, where that is sure."""
        if self.surely_lacks(table, column):
            by = table.gone.get(column)
            self.refuse("UndefinedColumn", message, "column", column, table.name, by=by, since=by or table.origin)

    def choose(self, table: Name, second: str, label: str, *, relation: bool, constraint: bool) -> str:
        """A name as PostgreSQL chooses it, different from those of relations or constraints in the schema."""

        def taken(candidate: str) -> bool:
            # What may not be there is taken not to be: its name would not be chosen if it were.
            name = Name(candidate, table.schema)
            if relation and self.relation(name) is not None and not self.is_uncertain(name):
                return True
            if not constraint:
                return False
            owners = [self.tables.get(owner) for owner in self.constraint_names.get(name) or ()]
            return any(owner is not None and not owner.constraints[candidate].uncertain for owner in owners)

        return chosen_name(table.name, second, label, taken)

    # --- what is changed ---------------------------------------------------------------------------------------------

    def put(self, old: Table | None, new: Table) -> Table:
        """Keep *new* in place of *old*, and the ways back to it. Gives *new*."""
        if old is None or old.constraints is not new.constraints:
            before = referred_tables(old) if old else _NOTHING
            self.referred_by = _pointing(self.referred_by, new.name, before, referred_tables(new))
        if old is None or old.columns is not new.columns:
            before = used_enums(old) if old else _NOTHING
            self.typed_by = _pointing(self.typed_by, new.name, before, used_enums(new))
        self.tables = self.tables.put(new.name, new)
        return new

    def remove(self, table: Table) -> None:
        """Take away a table and the ways back to it."""
        self.referred_by = _pointing(self.referred_by, table.name, referred_tables(table), _NOTHING)
        self.typed_by = _pointing(self.typed_by, table.name, used_enums(table), _NOTHING)
        self.tables = self.tables.without(table.name)

    def lose(self, kind: str, name: Name) -> None:
        """Remember that the history dropped or renamed away what had that name."""
        self.gone = self.gone.put(Key(kind, name), self.origin)

    def regain(self, kind: str, name: Name) -> None:
        """Something of that name is there again."""
        key = Key(kind, name)
        if key in self.gone:
            self.gone = self.gone.without(key)

    def commit(self) -> None:
        """What the command did so far cannot be taken back."""
        run = self.run
        alone, fresh = run.alone.committed(), run.fresh.committed()
        if alone is not run.alone or fresh is not run.fresh or run.path != run.lasting_path:
            self.run = replace(run, alone=alone, fresh=fresh, path=run.lasting_path)

    # --- what cannot be known ----------------------------------------------------------------------------------------

    def knows(self, origin: Origin | None) -> bool:
        """Whether what *origin* made or dropped is so still: all that was done after it could be read."""
        return not self.unread or (origin is not None and origin.unread == self.unread)

    def doubts(self, thing: Thing) -> bool:
        """Whether a thing may not be there, or not be so."""
        return thing.uncertain or not self.knows(thing.origin)

    def doubt(self, table: Name, *members: str | None) -> None:
        """An operation on a table whose name is unknown may have made or dropped these members of any."""
        if HOLE in table.name:
            self.doubted |= {member for member in members if member}

    def lose_track(self) -> None:
        """Anything may have been changed: what is known is kept all the same, since most of it is as it was.

        But what is not known may be there from now on, and nothing is taken to be refused for what was there before
        (`refuse`).
        """
        self.complete = False
        self.unread += 1

    def doubt_tables(self) -> None:
        """Any table may be gone, or be called otherwise."""
        for name in self.tables:
            self.tables = self.tables.put(name, replace(self.tables[name], uncertain=True))
        self.complete = False


def _pointing(
    ways: Shared[Name, frozenset[Name]], table: Name, old: frozenset[Name], new: frozenset[Name]
) -> Shared[Name, frozenset[Name]]:
    """The ways back to *table*: from what it named before, to what it names now."""
    if old == new:
        return ways
    for target in old - new:
        ways = ways.put(target, (ways.get(target) or frozenset()) - {table})
    for target in new - old:
        ways = ways.put(target, (ways.get(target) or frozenset()) | {table})
    return ways


def referred_tables(table: Table) -> frozenset[Name]:
    """The tables that its foreign keys refer to."""
    return frozenset([definition.referred for _, definition in table.foreign_keys])


def used_enums(table: Table) -> frozenset[Name]:
    """The enum types of its columns and of their defaults."""
    enums = [column.type.enum for column in table.columns.values() if column.type.enum is not None]
    enums += [item.default_type.enum for item in table.columns.values() if item.default_type and item.default_type.enum]
    return frozenset([enum.name for enum in enums if enum.name is not None]) if enums else _NOTHING


def having(
    table: Table,
    columns: dict[str, Column] | None = None,
    constraints: dict[str, Constraint] | None = None,
    indexes: dict[str, Index] | None = None,
    gone: dict[str, Origin] | None = None,
) -> Table:
    """The table with other members; by hand, because `replace` is slow and this is most of a replay."""
    return Table(
        table.name,
        table.origin,
        table.columns if columns is None else columns,
        table.constraints if constraints is None else constraints,
        table.indexes if indexes is None else indexes,
        table.attached,
        table.comment,
        table.temporary,
        table.partitioned,
        table.partition_of,
        table.gone if gone is None else gone,
        table.uncertain,
        table.complete,
    )


_Member = TypeVar("_Member", Column, Constraint, Index)


def _uncertain(members: dict[str, _Member]) -> dict[str, _Member]:
    return {name: replace(member, uncertain=True) for name, member in members.items()}


def touched(table: Table) -> Table:
    """The table after something that is not known was done to it."""
    return replace(
        table,
        columns=_uncertain(table.columns),
        constraints=_uncertain(table.constraints),
        indexes=_uncertain(table.indexes),
        gone={},
        complete=False,
    )


def lost_column(table: Table) -> Table:
    """The table after a column was dropped, or changed, whose name is not known: others go along with it."""
    return having(table, _uncertain(table.columns), _uncertain(table.constraints), _uncertain(table.indexes))


def lost_index(table: Table) -> Table:
    """The table after an index was dropped whose name is not known."""
    return having(table, indexes=_uncertain(table.indexes))


def lost_constraint(table: Table, kind: str | None) -> Table:
    """The table after a constraint was dropped whose name is not known; *kind* as in `Constraint.kind`, if it is."""
    kept = {name: item for name, item in table.constraints.items() if kind not in (None, item.kind)}
    gone = {name: item for name, item in table.constraints.items() if kind in (None, item.kind)}
    return having(table, constraints={**_uncertain(gone), **kept})


def dependent(draft: Draft, constraint: Constraint, table: Table) -> tuple[Dependent, bool]:
    """A constraint as something that stands on something, and whether that is uncertain."""
    return Dependent(constraint.kind, constraint.name, table.name), table.uncertain or draft.doubts(constraint)
