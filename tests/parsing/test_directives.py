from __future__ import annotations

import inspect
from collections.abc import Mapping

import pytest
from alembic.operations import BatchOperations, Operations
from msgspec.structs import replace

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    Check,
    Column,
    CreateIndex,
    CreateObject,
    CreateTable,
    Default,
    DropColumn,
    DropConstraint,
    DropIndex,
    Execute,
    ForeignKey,
    Insert,
    PrimaryKey,
    RenameTable,
    SyncEnumValues,
    Unique,
    Unread,
)
from alembic_review.parsing.directives import BATCH_OPERATIONS, OPERATIONS, OTHERS
from alembic_review.types import HOLE, Name, Type, sql_type
from tests.parsing.reading import upgraded


def _signature(function: object) -> tuple[tuple[str, ...], frozenset[str], bool]:
    """The positional names with what is collected, those that only go by keyword, and whether any keyword goes."""
    parameters = list(inspect.signature(function).parameters.values())[1:]  # type: ignore[arg-type]
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    positional += [f"*{p.name}" for p in parameters if p.kind is p.VAR_POSITIONAL]
    keywords = frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
    return tuple(positional), keywords, any(p.kind is p.VAR_KEYWORD for p in parameters)


def _ours(signature: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str], bool]:
    names = [name for name in signature if name != "**"]
    cut = names.index("/") if "/" in names else len(names)
    star = next((index + 1 for index, name in enumerate(names) if name.startswith("*")), cut)
    cut = min(cut, star)
    return tuple(names[:cut]), frozenset(name for name in names[cut:] if name != "/"), "**" in signature


@pytest.mark.parametrize(("cls", "ours"), [(Operations, OPERATIONS), (BatchOperations, BATCH_OPERATIONS)])
def test_our_signatures_are_those_of_the_installed_alembic(cls: type, ours: Mapping[str, tuple[str, ...]]) -> None:
    theirs = {
        name: _signature(function)
        for name, function in inspect.getmembers(cls, callable)
        if not name.startswith("_") and name not in OTHERS
    }
    if cls is BatchOperations:
        # It inherits the directive that makes batches, which has no meaning inside one.
        del theirs["batch_alter_table"]

    assert {name: _ours(signature) for name, signature in ours.items()} == theirs


def test_add_column_reads_the_whole_column() -> None:
    [operation] = upgraded(
        """
        op.add_column(
            "user", sa.Column("email", sa.String(50), sa.ForeignKey("mail.id", ondelete="CASCADE"),
                              nullable=False, server_default="x", unique=True, index=True, default=1, comment="c"),
            schema="app",
        )
        """
    )

    assert isinstance(operation, AddColumn)
    assert operation.table == Name("user", "app")
    column = operation.column
    assert (column.name, column.type, column.nullable) == ("email", sql_type("varchar", (50,)), False)
    assert column.default == Default("'x'", quoted=True)
    assert (column.unique, column.index, column.python_default, column.comment) == (True, True, True, "c")
    [key] = column.constraints
    assert isinstance(key, ForeignKey)
    assert (key.referred, key.referred_columns, key.ondelete) == (Name("mail"), ("id",), "CASCADE")


@pytest.mark.parametrize(
    "spelling",
    [
        "from alembic import op as o\nimport sqlalchemy\n\ndef upgrade():\n    o.drop_column('t', 'c')",
        "from alembic.op import drop_column\n\ndef upgrade():\n    drop_column('t', 'c')",
        "import alembic.op\n\ndef upgrade():\n    alembic.op.drop_column('t', 'c')",
        "import alembic\n\ndef upgrade():\n    alembic.op.drop_column(table_name='t', column_name='c')",
        "def upgrade(op, tables, tester):\n    op.drop_column('t', 'c')",
        "from alembic import op\n\nasync def upgrade():\n    op.drop_column(op.f('t'), op.f('c'))",
        "from alembic import op\ndef upgrade():\n    with op.batch_alter_table('t') as b:\n        b.drop_column('c')",
        "from alembic import op\n\ndef upgrade():\n  with op.batch_alter_table('t') as b, x(): b.drop_column('c')",
    ],
)
def test_op_is_known_under_any_name(spelling: str) -> None:
    from tests.parsing.reading import read

    operations = read(f"revision = 'a'\ndown_revision = None\n{spelling}\n").upgrade or ()

    assert [(o.table, o.column) for o in operations if isinstance(o, DropColumn)] == [(Name("t"), "c")]


def test_nested_batches_touch_their_own_tables() -> None:
    operations = upgraded(
        """
        with op.batch_alter_table("a", schema="s") as a:
            with op.batch_alter_table("b", recreate="always") as b:
                a.drop_column("x")
                b.drop_column("y")
        """
    )

    assert [(o.table, o.column, o.batch) for o in operations if isinstance(o, DropColumn)] == [
        (Name("a", "s"), "x", "auto"),
        (Name("b"), "y", "always"),
    ]


def test_create_table_reads_columns_constraints_and_indexes() -> None:
    [table] = upgraded(
        """
        op.create_table(
            "t",
            sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
            sa.Column("p", sa.Integer, sa.ForeignKey("s.parent.id"), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_t")),
            sa.UniqueConstraint("id", "p", name="uq"),
            sa.CheckConstraint("p > 0", name="ck"),
            sa.ForeignKeyConstraint(["p"], ["parent.id"], name="fk", ondelete="SET NULL"),
            sa.Index("ix", "p", unique=True, postgresql_where=sa.text("p > 1")),
            schema="public",
            if_not_exists=True,
        )
        """
    )

    assert isinstance(table, CreateTable)
    assert (table.table, table.if_not_exists, table.by_sqlalchemy) == (Name("t"), True, True)
    identifier, parent = table.columns
    assert (identifier.primary_key, identifier.nullable, identifier.autoincrement) == (True, False, False)
    assert isinstance(parent.constraints[0], ForeignKey)
    assert parent.constraints[0].referred == Name("parent", "s")
    kinds = [type(constraint) for constraint in table.constraints]
    assert kinds == [PrimaryKey, Unique, Check, ForeignKey]
    assert (table.constraints[0].name, table.constraints[0].final) == ("pk_t", True)
    [index] = table.indexes
    assert (index.name, index.unique, index.where) == ("ix", True, "p > 1")


def test_alter_column_says_what_changes_and_what_is_ignored() -> None:
    [operation] = upgraded(
        """
        op.alter_column("t", "c", new_column_name="d", type_=sa.Text(), nullable=False, server_default=None,
                        existing_type=sa.VARCHAR(length=20), postgresql_using="c::text", default=5)
        """
    )

    assert isinstance(operation, AlterColumn)
    assert (operation.new_name, operation.type, operation.nullable) == ("d", Type("text"), False)
    assert (operation.default, operation.using) == (None, "c::text")
    assert (operation.existing_type, operation.existing) == (sql_type("varchar", (20,)), ("existing_type",))
    assert [keyword.name for keyword in operation.unfit] == ["default"]


def test_a_cast_that_is_partly_unknown_keeps_what_is_known_of_it() -> None:
    [operation] = upgraded(
        """
        quoted = op.get_bind().dialect.identifier_preparer.quote("c")
        op.alter_column("t", "c", type_=sa.DateTime(timezone=True), postgresql_using=f"{quoted} AT TIME ZONE 'UTC'")
        """
    )

    assert isinstance(operation, AlterColumn)
    assert operation.using == f"{HOLE} AT TIME ZONE 'UTC'"


def test_constraints_and_indexes_are_read_with_their_names() -> None:
    operations = upgraded(
        """
        op.create_unique_constraint(None, "t", ["a", "b"])
        op.create_foreign_key("fk", "t", "p", ["a"], ["id"], source_schema="s", referent_schema="r")
        op.create_check_constraint("ck", "t", sa.text("a IS NOT NULL"), postgresql_not_valid=True)
        op.create_primary_key("pk", "t", ["a"])
        op.drop_constraint("fk", "t", type_="foreignkey")
        op.create_index("ix", "t", [sa.text("lower(a)"), "b"], unique=True, postgresql_concurrently=True)
        op.drop_index("ix", table_name="t", if_exists=True)
        op.rename_table("t", "u")
        """
    )

    unique, foreign, check, primary, drop, create, remove, rename = operations
    assert isinstance(unique, AddConstraint)
    assert unique.constraint.name is None
    assert isinstance(foreign, AddConstraint)
    assert isinstance(foreign.constraint, ForeignKey)
    assert (foreign.table, foreign.constraint.referred) == (Name("t", "s"), Name("p", "r"))
    assert isinstance(check, AddConstraint)
    assert isinstance(check.constraint, Check)
    assert (check.constraint.not_null, check.constraint.not_valid) == ("a", True)
    assert isinstance(primary, AddConstraint)
    assert isinstance(drop, DropConstraint)
    assert (drop.name, drop.kind) == ("fk", "foreignkey")
    assert isinstance(create, CreateIndex)
    assert [element.column for element in create.index.elements] == [None, "b"]
    assert create.index.elements[0].columns == ("a",)
    assert create.concurrently
    assert isinstance(remove, DropIndex)
    assert remove.if_exists
    assert rename == RenameTable(place=rename.place, table=Name("t"), new_name="u")


def test_bulk_insert_reads_the_columns_of_its_rows() -> None:
    [operation] = upgraded('op.bulk_insert(sa.table("t", sa.column("a")), [{"a": "x"}, {"a": "y", "b": 1}])')

    assert isinstance(operation, Insert)
    assert (operation.table, operation.columns, operation.values) == (Name("t"), ("a", "b"), ("x", "y"))


def test_directives_of_plugins_are_read() -> None:
    head = "from alembic_utils.pg_view import PGView\nfrom alembic_postgresql_enum import TableReference"
    view, enum = upgraded(
        """
        op.create_entity(PGView(schema="public", signature="v", definition="SELECT 1"))
        op.sync_enum_values("public", "state", ["a", "b"],
                            [TableReference(table_schema="public", table_name="t", column_name="c")])
        """,
        head=head,
    )

    assert isinstance(view, CreateObject)
    assert (view.kind, view.name) == ("view", Name("v"))
    assert isinstance(enum, SyncEnumValues)
    assert (enum.name, enum.labels, enum.columns) == (Name("state"), ("a", "b"), ((Name("t"), "c"),))


@pytest.mark.parametrize(
    "arguments",
    [
        '["b", "a"], ["a", "b", "c"]',
        '["b", "a"], ["a", "b", "c"], [("t", "x")], False',
        'old_values=["b", "a"], new_values=["a", "b", "c"]',
    ],
)
def test_alembic_autogenerate_enums_adds_the_values_that_are_new(arguments: str) -> None:
    [added] = upgraded(f'op.sync_enum_values("public", "state", {arguments})')

    assert isinstance(added, AddEnumValue)
    assert (added.name, added.value, added.if_not_exists, added.autocommit) == (Name("state"), "c", False, True)


def test_alembic_autogenerate_enums_takes_none_away_but_on_its_way_back() -> None:
    nothing = upgraded('op.sync_enum_values("public", "state", ["a", "b"], ["a"])')
    [made] = upgraded('op.sync_enum_values("public", "state", ["a", "b", "c"], ["b", "a"], [("t", "x")], True)')

    assert nothing == []
    assert isinstance(made, SyncEnumValues)
    assert (made.name, made.labels, made.columns) == (Name("state"), ("a", "b"), ((Name("t"), "x"),))
    assert made.invalid is None


@pytest.mark.parametrize(
    "column",
    [
        '("t", "c")',
        '("t", "c", ColumnType.ARRAY)',
        'TableReference("t", "c")',
        'TableReference("t", "c", "s")',
        'TableReference(table_schema="s", table_name="t", column_name="c")',
    ],
)
def test_the_columns_of_an_enum_are_read_as_each_version_of_the_plugin_writes_them(column: str) -> None:
    [enum] = upgraded(
        f'op.sync_enum_values("s", "state", ["a"], [{column}], enum_values_to_rename=[], indexes_to_recreate=[])',
        head="from alembic_postgresql_enum import ColumnType, TableReference",
    )

    assert isinstance(enum, SyncEnumValues)
    assert (enum.columns, enum.invalid) == (((Name("t", "s"), "c"),), None)


def test_a_right_is_no_thing_of_the_schema() -> None:
    operations = upgraded(
        """
        right = PGGrantTable(schema="public", table="t", columns=["c"], role="r", grant="SELECT")
        op.create_entity(right)
        op.replace_entity(right)
        op.drop_entity(right)
        """,
        head="from alembic_utils.pg_grant_table import PGGrantTable",
    )

    assert [(one.verb, one.tables) for one in operations if isinstance(one, Execute)] == [
        (verb, (Name("t"),)) for verb in ("GRANT", "REVOKE", "GRANT", "REVOKE")
    ]


@pytest.mark.parametrize(
    ("plain", "in_batch"),
    [
        ('add_geospatial_column("t", column)', "add_geospatial_column(column)"),
        ('drop_geospatial_column("t", "g")', 'drop_geospatial_column("g")'),
        ('create_geospatial_index("i", "t", ["g"], unique=False)', 'create_geospatial_index("i", ["g"], unique=False)'),
        ('drop_geospatial_index("i", "t", "g")', 'drop_geospatial_index("i", column_name="g")'),
    ],
)
def test_directives_of_geoalchemy2_are_the_same_in_a_batch(plain: str, in_batch: str) -> None:
    head = "from geoalchemy2 import Geometry"
    begun = 'column = sa.Column("g", Geometry("POINT"))\nwith op.batch_alter_table("t") as batch:\n    '
    [expected] = upgraded(f"{begun}op.{plain}", head=head)

    [operation] = upgraded(f"{begun}batch.{in_batch}", head=head)

    assert expected.invalid is None
    assert expected.partly == ()
    assert replace(operation, batch=None) == expected


def test_an_unknown_directive_is_said_to_be_unread() -> None:
    [operation] = upgraded('op.create_hologram("t")')

    assert isinstance(operation, Unread)
    assert (operation.why, operation.verb, operation.anything) == (
        "a directive that is not known",
        "create_hologram",
        True,
    )


def test_a_call_with_wrong_arguments_is_said_to_be_invalid() -> None:
    [operation] = upgraded('op.create_index("ix", "t", ["a"], True)')

    assert operation.invalid == "create_index() takes 3 positional arguments, 4 are given"


def test_a_column_without_anything_known_keeps_what_is() -> None:
    [operation] = upgraded(
        'op.add_column("t", sa.Column("c", project_type(), nullable=False))', head="from p import project_type"
    )

    assert isinstance(operation, AddColumn)
    assert isinstance(operation.column, Column)
    assert (operation.column.name, operation.column.nullable, operation.column.type.opaque) == ("c", False, True)


@pytest.mark.parametrize(
    ("text", "column", "rest"),
    [
        ("name", "name", (None, None, "")),
        ("Name DESC NULLS LAST", "name", (None, None, "DESC NULLS LAST")),
        ("name gin_trgm_ops", "name", ("gin_trgm_ops", None, "")),
        ('"Name" COLLATE "C" text_pattern_ops ASC', "Name", ("text_pattern_ops", "C", "")),
        ("lower(name) text_pattern_ops", None, ("text_pattern_ops", None, "")),
        ("lower(name) desc nulls first", None, (None, None, "DESC")),
    ],
)
def test_a_key_of_an_index_may_be_text(text: str, column: str | None, rest: tuple[str | None, str | None, str]) -> None:
    (made,) = upgraded(f"op.create_index('ix', 't', [sa.text({text!r})])")

    assert isinstance(made, CreateIndex)
    (element,) = made.index.elements
    assert (element.column, (element.opclass, element.collation, element.order)) == (column, rest)
    assert set(element.columns) <= {"name"}


@pytest.mark.parametrize(
    ("key", "rest"),
    [
        ("sa.desc('name')", (None, None, "DESC")),
        ("sa.column('name').desc()", (None, None, "DESC")),
        ("sa.column('name').asc()", (None, None, "")),
        ("sa.nulls_last(sa.desc('name'))", (None, None, "DESC NULLS LAST")),
        ("sa.column('name').desc().nulls_first()", (None, None, "DESC")),
        ("sa.column('name').nullsfirst()", (None, None, "NULLS FIRST")),
        ("sa.column('name').collate('C').desc()", (None, "C", "DESC")),
        ("'name'], postgresql_ops={'name': 'text_pattern_ops DESC'}, unique=[][:0", ("text_pattern_ops", None, "DESC")),
    ],
)
def test_a_key_of_an_index_has_an_order(key: str, rest: tuple[str | None, str | None, str]) -> None:
    (made,) = upgraded(f"op.create_index('ix', 't', [{key}])")

    assert isinstance(made, CreateIndex)
    (element,) = made.index.elements
    assert (element.column, (element.opclass, element.collation, element.order)) == ("name", rest)


@pytest.mark.parametrize(
    ("bases", "python"),
    [("enum.Enum", "State"), ("str, enum.Enum", None), ("enum.StrEnum", None)],
)
def test_an_enum_that_is_a_str_is_text_as_a_default(bases: str, python: str | None) -> None:
    head = f"import enum\nclass State({bases}):\n    NEW = 'new'\n"
    (made,) = upgraded("op.add_column('t', sa.Column('s', sa.Text(), server_default=State.NEW))", head=head)

    assert isinstance(made, AddColumn)
    assert made.column.default is not None
    assert (made.column.default.python, made.column.default.sql) == (python, None if python else "'new'")


def test_create_table_leaves_out_what_is_left_to_an_alter() -> None:
    (made,) = upgraded(
        """
        op.create_table(
            "t",
            sa.Column("a", sa.Integer()),
            sa.ForeignKeyConstraint(["a"], ["u.id"], use_alter=True),
            sa.ForeignKeyConstraint(["a"], ["v.id"]),
        )
        """
    )

    assert isinstance(made, CreateTable)
    assert [str(key.referred) for key in made.constraints if isinstance(key, ForeignKey)] == ["v"]


@pytest.mark.parametrize(
    "call",
    [
        'op.create_index("ix", "t", "name")',
        'op.create_unique_constraint("uq", "t", "name")',
        'op.create_primary_key("pk", "t", "name")',
        'op.create_foreign_key("fk", "t", "u", "name", ["id"])',
        'op.create_foreign_key("fk", "t", "u", ["u_id"], "id")',
    ],
)
def test_a_string_for_columns_is_noted(call: str) -> None:
    (made,) = upgraded(call)

    assert made.invalid == "string-for-columns"


def test_a_string_of_one_letter_is_the_column_that_it_means() -> None:
    (made,) = upgraded('op.create_index("ix", "t", "n")')

    assert made.invalid is None


def test_a_length_is_a_number_though_python_takes_true_for_one() -> None:
    first = upgraded("op.add_column('t', sa.Column('c', sa.String(True)))")
    second = upgraded(
        "op.add_column('t', sa.Column('c', sa.String(1)))\nop.add_column('t', sa.Column('d', sa.Numeric(5, True)))"
    )

    types = [str(one.column.type) for one in (*first, *second) if isinstance(one, AddColumn)]
    assert types == ["varchar(1)", "varchar(1)", "numeric(5,1)"]
