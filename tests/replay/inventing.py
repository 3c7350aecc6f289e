"""Operations at random, on few names, so that they meet: most of them sensible, some of them not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.schema import Schema
from alembic_review.types import Enum, Name, Type, sql_type

T = TypeVar("T")

TABLES = ("a", "b", "c", "a_b")
COLUMNS = ("x", "y", "z", "a", "id", "x_y")
ENUMS = ("mood", "kind", "state")
CONSTRAINTS = ("k1", "k2", "a_pkey", "b_x_key", "a")
INDEXES = ("i1", "i2", "a_pkey", "ix_a_x", "k1")
SCHEMAS = (None, None, None, None, None, None, "s")
TYPES = ("integer", "bigint", "smallint", "text", "boolean", "uuid", "timestamp", "date", "jsonb", "numeric")
DEFAULTS = {
    "integer": ("0", "'1'", "-1"),
    "bigint": ("5",),
    "smallint": ("1",),
    "text": ("'t'",),
    "varchar": ("'v'",),
    "boolean": ("true", "'f'"),
    "uuid": ("gen_random_uuid()",),
    "timestamp": ("now()",),
    "date": ("'2020-01-01'",),
    "jsonb": ("'{}'",),
    "numeric": ("1.5",),
}
SQL = "written as SQL"


class Inventor:
    """Invents operations for the schema that it is shown."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.schema = Schema()

    def one(self, given: Sequence[T]) -> T:
        return self._random.choice(given)

    def often(self, share: float) -> bool:
        return self._random.random() < share

    # --- names ---

    def table(self) -> Name:
        there = list(self.schema.tables)
        return self.one(there) if there and self.often(0.85) else self.new_table()

    def new_table(self) -> Name:
        return Name(self.one(TABLES), self.one(SCHEMAS))

    def column(self, table: Name) -> str:
        there = self.schema.tables.get(table)
        return self.one(list(there.columns)) if there and there.columns and self.often(0.9) else self.one(COLUMNS)

    def columns(self, table: Name) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.column(table) for _ in range(self._random.randint(1, 2))))

    def constraint_of(self, table: Name) -> str:
        there = self.schema.tables.get(table)
        if there and there.constraints and self.often(0.9):
            return self.one(list(there.constraints))
        return self.one(CONSTRAINTS)

    def enum(self) -> Name:
        there = list(self.schema.enums)
        return self.one(there) if there and self.often(0.8) else Name(self.one(ENUMS), self.one(SCHEMAS))

    # --- parts ---

    def type(self, *, serial: bool) -> Type:
        if self.often(0.25):
            name = self.enum()
            labels = tuple(self._random.sample(("p", "q", "r"), 2))
            enum = Enum(name, labels, creates=self.often(0.7))
            return Type(name.name, (), int(self.often(0.1)), enum, name.schema)
        if self.often(0.2):
            return sql_type("varchar", (self.one((10, 20)),) if self.often(0.7) else ())
        if self.often(0.08):
            return sql_type(self.one(("integer", "text")), (), 1)
        if serial and self.often(0.08):
            return sql_type(self.one(("serial", "bigserial")))
        return sql_type(self.one(TYPES))

    def default(self, type_: Type) -> ops.Default | None:
        if not self.often(0.25) or type_.name in ("serial", "bigserial"):
            return None
        if type_.dimensions:
            return ops.Default("'{}'")
        if type_.enum is not None:
            return ops.Default(f"'{self.one(('p', 'q', 'r'))}'")
        return ops.Default(self.one(DEFAULTS[type_.name]))

    def foreign_key(self, columns: tuple[str, ...], name: str | None) -> ops.ForeignKey:
        referred = self.table()
        there = self.schema.tables.get(referred)
        keys = (
            [
                key
                for key in (
                    *(item.columns for item in there.constraints.values() if item.kind in ("primary key", "unique")),
                    *(index.columns for index in there.indexes.values() if index.unique),
                )
                if len(key) == len(columns)
            ]
            if there
            else []
        )
        key = (
            self.one(keys) if keys and self.often(0.9) else tuple(dict.fromkeys(self.column(referred) for _ in columns))
        )
        action = self.one((None, None, "CASCADE"))
        return ops.ForeignKey(name=name, columns=columns, referred=referred, referred_columns=key, ondelete=action)

    def constraint(self, table: Name, *, final: bool, names: Sequence[str] = ()) -> ops.Constraint:
        name = self.one(CONSTRAINTS) if self.often(0.4) else None
        final = final and name is not None and self.often(0.5)
        columns = tuple(self._random.sample(names, min(len(names), self._random.randint(1, 2))))
        columns = columns or self.columns(table)
        # In an expression, the name of the table stands for the whole row.
        kind = min(self._random.random(), 0.8 if table.name in columns else 1)
        if kind < 0.25:
            return ops.PrimaryKey(name=name, columns=columns, final=final)
        if kind < 0.55:
            return ops.Unique(name=name, columns=columns, final=final)
        if kind < 0.85:
            return replace(self.foreign_key(columns[:1] if self.often(0.8) else columns, name), final=final)
        sql = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        return ops.Check(name=name, sql=sql, columns=columns, final=final)

    def new_column(self, table: Name, *, by_sqlalchemy: bool) -> ops.Column:
        type_, name = self.type(serial=not by_sqlalchemy), self.one(COLUMNS)
        plain_number = type_.name in ("integer", "bigint") and not type_.dimensions
        default = self.default(type_)
        identity = ops.Identity() if plain_number and default is None and self.often(0.1) else None
        constraints: list[ops.Constraint] = []
        if self.often(0.12):
            constraints.append(replace(self.foreign_key((name,), None), columns=(), ondelete=None))
        if self.often(0.08) and table.name != name:
            constraints.append(
                ops.Check(name=self.one((None, *CONSTRAINTS)), sql=f"{name} IS NOT NULL", columns=(name,))
            )
        counted = by_sqlalchemy and plain_number and identity is None
        return ops.Column(
            name,
            type_,
            nullable=identity is None and self.often(0.7),
            default=default,
            identity=identity,
            unique=self.often(0.08),
            index=by_sqlalchemy and self.often(0.1),
            constraints=tuple(constraints),
            autoincrement=self.one((None, None, True, False)) if counted else None,
            python_default=by_sqlalchemy and self.often(0.05),
        )

    # --- operations ---

    def operation(self) -> ops.Operation:
        """One operation: written as SQL, or for Alembic, where `Operation.sql` is None."""
        if len(self.schema.tables) < 2 and self.often(0.5):
            return self.create_table()
        invent = self._random.choices(
            (
                self.create_table,
                self.add_column,
                self.drop,
                self.add_constraint,
                self.drop_constraint,
                self.create_index,
                self.alter_column,
                self.rename,
                self.change_enum,
                self.change_object,
            ),
            (14, 12, 18, 10, 8, 6, 11, 11, 6, 4),
        )
        return invent[0]()

    def create_table(self) -> ops.Operation:
        by_sqlalchemy, table = self.often(0.5), self.new_table()
        made = (self.new_column(table, by_sqlalchemy=by_sqlalchemy) for _ in range(self._random.randint(1, 5)))
        columns = list({column.name: column for column in made}.values())
        names = [column.name for column in columns] if self.often(0.95) else COLUMNS
        constraints = [
            self.constraint(table, final=by_sqlalchemy, names=names) for _ in range(self._random.randint(0, 2))
        ]
        keys = [constraint for constraint in constraints if isinstance(constraint, ops.PrimaryKey)]
        if self.often(0.6) and not (by_sqlalchemy and keys):
            columns[0] = replace(columns[0], primary_key=True, nullable=False)
        for key in keys[1:] if by_sqlalchemy else ():
            constraints.remove(key)
        return ops.CreateTable(
            table=table,
            columns=tuple(columns),
            constraints=tuple(constraints),
            by_sqlalchemy=by_sqlalchemy,
            if_not_exists=table not in self.schema.tables and self.often(0.1),
            sql=None if by_sqlalchemy else SQL,
        )

    def add_column(self) -> ops.Operation:
        by_sqlalchemy, table = self.often(0.5), self.table()
        return ops.AddColumn(
            table=table,
            column=self.new_column(table, by_sqlalchemy=by_sqlalchemy),
            by_sqlalchemy=by_sqlalchemy,
            if_not_exists=not by_sqlalchemy and self.often(0.1),
            sql=None if by_sqlalchemy else SQL,
        )

    def drop(self) -> ops.Operation:
        fields = {"if_exists": self.often(0.1), "cascade": self.often(0.2), "sql": SQL}
        table, indexes = self.table(), list(self.schema.indexes)
        kind = self._random.random()
        if kind < 0.45:
            return ops.DropColumn(table=table, column=self.column(table), **fields)  # type: ignore[arg-type]
        if kind < 0.7:
            return ops.DropTable(table=table, **fields)  # type: ignore[arg-type]
        name = self.one(indexes) if indexes and self.often(0.9) else Name(self.one(INDEXES))
        return ops.DropIndex(name=name, **fields)  # type: ignore[arg-type]

    def add_constraint(self) -> ops.Operation:
        by_sqlalchemy, table = self.often(0.5), self.table()
        constraint = self.constraint(table, final=by_sqlalchemy)
        return ops.AddConstraint(table=table, constraint=constraint, sql=None if by_sqlalchemy else SQL)

    def drop_constraint(self) -> ops.Operation:
        table = self.table()
        if self.often(0.5):
            return ops.DropConstraint(
                table=table,
                name=self.constraint_of(table) if self.often(0.95) else None,
                kind=self.one((None, "unique", "primary", "foreignkey", "check")),
                final=self.often(0.6),
            )
        exists, cascade = self.often(0.1), self.often(0.2)
        name = self.constraint_of(table)
        return ops.DropConstraint(table=table, name=name, if_exists=exists, cascade=cascade, sql=SQL)

    def create_index(self) -> ops.Operation:
        by_sqlalchemy, table = self.often(0.5), self.table()
        columns = self.columns(table)
        where = f"{columns[0]} IS NOT NULL" if not by_sqlalchemy and self.often(0.2) else None
        name = self.one(INDEXES) if self.often(0.6) else None
        elements = tuple(ops.IndexElement(column) for column in columns)
        return ops.CreateIndex(
            table=table,
            index=ops.Index(name, elements, self.often(0.4), where, final=by_sqlalchemy and self.often(0.3)),
            by_sqlalchemy=by_sqlalchemy,
            if_not_exists=name is not None and self.often(0.1),
            sql=None if by_sqlalchemy else SQL,
        )

    def alter_column(self) -> ops.Operation:
        table = self.table()
        column, kind = self.column(table), self._random.random()
        if kind < 0.4:
            return ops.AlterColumn(table=table, column=column, type=self.type(serial=False), sql=SQL)
        if kind < 0.6:
            return ops.AlterColumn(table=table, column=column, nullable=self.often(0.5), sql=SQL)
        if kind < 0.7:
            return ops.AlterColumn(table=table, column=column, default=None, sql=SQL)
        return ops.AlterColumn(table=table, column=column, new_name=self.one(COLUMNS), sql=SQL)

    def rename(self) -> ops.Operation:
        table, kind = self.table(), self._random.random()
        indexes, sequences = list(self.schema.indexes), list(self.schema.sequences)
        if kind < 0.4:
            return ops.RenameTable(table=table, new_name=self.one(TABLES), if_exists=self.often(0.1), sql=SQL)
        if kind < 0.5:
            return ops.SetSchema(table=table, schema=self.one(("s", "public")), sql=SQL)
        if kind < 0.75:
            name, new = self.constraint_of(table), self.one(CONSTRAINTS)
            return ops.RenameConstraint(table=table, name=name, new_name=new, sql=SQL)
        if kind < 0.85 and indexes:
            index = self.one(indexes)
            return ops.RenameObject(kind="index", name=index, new_name=Name(self.one(INDEXES), index.schema), sql=SQL)
        if kind < 0.9 and sequences:
            sequence = self.one(sequences)
            new_name = Name(self.one(("a_id_seq", "q")), sequence.schema)
            return ops.RenameObject(kind="sequence", name=sequence, new_name=new_name, sql=SQL)
        enum = self.enum()
        return ops.RenameObject(kind="type", name=enum, new_name=Name(self.one(ENUMS), enum.schema), sql=SQL)

    def change_enum(self) -> ops.Operation:
        enum, kind = self.enum(), self._random.random()
        if kind < 0.35:
            name = Name(self.one(ENUMS), self.one(SCHEMAS))
            return ops.CreateEnum(name=name, labels=("p", "q"), sql=SQL)
        if kind < 0.7:
            return ops.DropEnum(name=enum, if_exists=self.often(0.1), cascade=self.often(0.3), sql=SQL)
        if kind < 0.85:
            before, absent = self.one((None, "q")), self.often(0.2)
            return ops.AddEnumValue(
                name=enum, value=self.one(("p", "r", "w")), before=before, if_not_exists=absent, sql=SQL
            )
        return ops.RenameEnumValue(name=enum, value=self.one(("p", "q")), new_value=self.one(("q", "r")), sql=SQL)

    def change_object(self) -> ops.Operation:
        table, kind = self.table(), self._random.random()
        there, sequences = self.schema.tables.get(table), list(self.schema.sequences)
        readable = list(there.columns) if there is not None else []
        if kind < 0.4 and readable:
            column = self.one(readable)
            source = f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'
            definition = f'SELECT "{column}" FROM {source}'
            name = Name(self.one(("v", "w")))
            return ops.CreateObject(
                kind="view", name=name, definition=definition, reads=(table,), columns=(column,), sql=SQL
            )
        if kind < 0.6:
            return ops.DropObject(kind="view", name=Name(self.one(("v", "w"))), sql=SQL)
        if kind < 0.85:
            name = self.one(sequences) if sequences and self.often(0.7) else Name("q")
            return ops.DropObject(kind="sequence", name=name, cascade=self.often(0.2), sql=SQL)
        return ops.CreateObject(kind="sequence", name=Name("q"), sql=SQL)
