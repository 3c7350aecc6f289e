from __future__ import annotations

import pytest

from alembic_review.operations import (
    AddColumn,
    CreateEnum,
    CreateIndex,
    CreateTable,
    Delete,
    DropColumn,
    DropEnum,
    DropIndex,
    DropTable,
    Insert,
    Operation,
    PythonCall,
    Raise,
    Unread,
    Update,
)
from alembic_review.revision import Unreadable
from alembic_review.types import HOLE, Name
from tests.parsing.reading import Files, read, read_any, upgraded


def _dropped(operations: list[Operation]) -> list[tuple[str, str]]:
    return [(o.table.name, o.column) for o in operations if isinstance(o, DropColumn)]


@pytest.mark.parametrize(
    "body",
    [
        "T = 't'\nop.drop_column(T, f'{T}_c')",
        "op.drop_column('t', '_'.join(['t', 'c']))",
        "op.drop_column('%s' % 't', '{}_{c}'.format('t', c='c'))",
        "t, *rest = ('t', 't_c')\nop.drop_column(t, rest[0])",
        "for t, c in {'t': 't_c'}.items():\n    op.drop_column(t, c)",
        "for i, c in enumerate(['t_c']):\n    op.drop_column('t', c)",
        "[op.drop_column('t', c) for c in ('t_c',)]",
        "for c in sorted({'t_c'}):\n    op.drop_column('t', c.strip().replace('x', 'y'))",
        "def drop(table, column='t_c'):\n    op.drop_column(table, column)\ndrop(table='t')",
        "drop = lambda c: op.drop_column('t', c)\ndrop('t_c')",
        "def batch():\n    return op.batch_alter_table('t')\nwith batch() as b:\n    b.drop_column('t_c')",
        "args = ['t', 't_c']\nkwargs = {}\nop.drop_column(*args, **kwargs)",
        "names = []\nnames.append('t_c')\nfor n in names:\n    op.drop_column('t', n)",
        "op.drop_column('x'[:0] + 't', 'at_c'[1:])",
        "if True and not False:\n    op.drop_column('t', 't_c')\nelse:\n    op.drop_column('t', 'other')",
        "for a, b in zip(['t'], ['t_c']):\n    op.drop_column(a, b)",
        "try:\n    op.drop_column('t', 't_c')\nfinally:\n    pass",
        "while False:\n    op.drop_column('t', 'never')\nop.drop_column('t', 't_c')",
        "for c in ['t_c', 'no']:\n    if c == 'no':\n        continue\n    op.drop_column('t', c)",
        "for c in ['t_c', 'no']:\n    op.drop_column('t', c)\n    break",
        "(c := 't_c')\nop.drop_column('t', c)",
        "op.drop_column('t', {'x': 't_c'}['x'])",
        "import textwrap\nop.drop_column('t', textwrap.dedent('t_c'))",
        "op.drop_column('t', " + " + ".join([*["''"] * 400, "'t_c'"]) + ")",
        "op.drop_column('t', 't_c'" + ".strip()" * 400 + ")",
    ],
)
def test_what_is_known_is_followed(body: str) -> None:
    assert _dropped(upgraded(body)) == [("t", "t_c")]


def test_the_dialect_decides_its_branches() -> None:
    body = """
        bind = op.get_bind()
        if bind.dialect.name == "postgresql":
            op.drop_column("t", "pg")
        elif context.get_context().dialect.name in ("sqlite", "mysql"):
            op.drop_column("t", "lite")
    """

    assert _dropped(upgraded(body)) == [("t", "pg")]
    assert _dropped(upgraded(body, dialect="sqlite")) == [("t", "lite")]


@pytest.mark.parametrize(
    "asked",
    [
        "'postgresql' in dialect.dialect_description",
        "'sqlite' not in dialect.dialect_description",
        "dialect.dialect_description.startswith('postgresql')",
        "dialect.driver not in ('pysqlite', 'aiosqlite', 'pysqlcipher', 'pysqlite_numeric', 'pysqlite_dollar')",
    ],
)
def test_the_driver_decides_where_all_drivers_of_the_dialect_agree(asked: str) -> None:
    body = f"""
        dialect = op.get_bind().dialect
        if {asked}:
            op.drop_column("t", "pg")
        else:
            op.drop_column("t", "lite")
    """

    assert _dropped(upgraded(body)) == [("t", "pg")]
    assert _dropped(upgraded(body, dialect="sqlite")) == [("t", "lite")]


@pytest.mark.parametrize(
    "asked",
    [
        "dialect.driver == 'psycopg2'",
        "'psycopg' in dialect.dialect_description",
        "dialect.dialect_description.endswith('+asyncpg')",
        "f'{dialect.driver}' == 'psycopg2'",
    ],
)
def test_which_driver_it_is_nobody_can_tell(asked: str) -> None:
    (dropped,) = upgraded(f"""
        dialect = op.get_bind().dialect
        if {asked}:
            op.drop_column("t", "c")
    """)

    assert [condition.question for condition in dropped.conditions] == ["unknown"]


def test_a_branch_that_cannot_be_decided_is_taken_both_ways_with_its_condition() -> None:
    one, other, after = upgraded(
        """
        if op.get_context().config.get_main_option("x"):
            op.drop_column("t", "one")
        else:
            op.drop_column("t", "other")
        op.drop_column("t", "after")
        """
    )

    [taken], [not_taken] = one.conditions, other.conditions
    assert (taken.id, taken.question, taken.expected) == (not_taken.id, "unknown", not not_taken.expected)
    assert after.conditions == ()


def test_an_early_return_hangs_the_rest_on_its_opposite() -> None:
    [operation] = upgraded(
        """
        if sa.inspect(op.get_bind()).has_table("t"):
            return
        op.create_table("t")
        """
    )

    [condition] = operation.conditions
    assert (condition.question, condition.table, condition.expected) == ("table", Name("t"), False)


@pytest.mark.parametrize(
    ("test", "question", "table", "name"),
    [
        ("'c' not in [c['name'] for c in inspector.get_columns('t')]", "column", Name("t"), "c"),
        ("not any(c['name'] == 'c' for c in inspector.get_columns('t'))", "column", Name("t"), "c"),
        ("'c' not in {c['name'] for c in sa.inspect(bind).get_columns('t')}", "column", Name("t"), "c"),
        ("'i' not in [i['name'] for i in inspector.get_indexes('t')]", "index", Name("t"), "i"),
        ("'t' not in inspector.get_table_names()", "table", Name("t"), None),
        ("not inspector.has_table('t', schema='s')", "table", Name("t", "s"), None),
        ("not bind.dialect.has_table(bind, 't')", "table", Name("t"), None),
        ("not inspector.get_pk_constraint('t')['constrained_columns']", "primary key", Name("t"), None),
        ("len(inspector.get_pk_constraint('t').get('constrained_columns')) == 0", "primary key", Name("t"), None),
        ("inspector.get_pk_constraint('t', 's')['name'] != 'k'", "constraint", Name("t", "s"), "k"),
        ("not column_exists('t', 'c')", "column", Name("t"), "c"),
        ("not table_has_column('t', 'c', bind)", "column", Name("t"), "c"),
        ("not has_table('t')", "table", Name("t"), "t"),
    ],
)
def test_questions_about_the_schema_are_understood(test: str, question: str, table: Name, name: str | None) -> None:
    head = "from elsewhere import column_exists, table_has_column, has_table"
    operations = upgraded(
        f"""
        bind = op.get_bind()
        inspector = sa.inspect(bind)
        if {test}:
            op.drop_column("t", "x")
        """,
        head=head,
    )

    [condition] = next(o for o in operations if isinstance(o, DropColumn)).conditions
    assert (condition.question, condition.table, condition.name, condition.expected) == (question, table, name, False)


def test_and_and_or_of_questions_keep_their_parts() -> None:
    [operation] = upgraded(
        """
        inspector = sa.inspect(op.get_bind())
        if inspector.has_table("a") and not inspector.has_table("b"):
            op.rename_table("a", "b")
        """
    )

    [condition] = operation.conditions
    assert condition.question == "all"
    assert [(part.table, part.expected) for part in condition.parts] == [(Name("a"), True), (Name("b"), False)]


def test_handlers_of_exceptions_run_only_when_something_failed() -> None:
    one, other = upgraded(
        """
        try:
            op.drop_column("t", "one")
        except Exception:
            op.drop_column("t", "other")
        """
    )

    assert one.conditions == ()
    assert [condition.question for condition in other.conditions] == ["failed"]


@pytest.mark.parametrize(
    ("handler", "guarded"),
    [
        ("except Exception:\n    pass", True),
        ("except sa.exc.ProgrammingError as error:\n    print(error)", True),
        ("except:\n    print('it was there')", True),
        ("except Exception:\n    print('no')\n    raise", False),
        ("except KeyError:\n    pass", False),
        ("finally:\n    pass", False),
    ],
)
def test_what_a_try_guards_is_marked(handler: str, guarded: bool) -> None:
    inside, *_, behind = upgraded(f'try:\n    op.execute("DROP TABLE a")\n{handler}\nop.drop_table("b")')

    assert (inside.guarded, behind.guarded) == (guarded, False)


def test_each_guard_has_a_number_of_its_own() -> None:
    one, two, inner, last = upgraded(
        """
        try:
            op.drop_table("one")
            op.drop_table("two")
            try:
                op.drop_table("inner")
            except Exception:
                pass
            op.drop_table("last")
        except Exception:
            pass
        """
    )

    assert one.guard == two.guard == last.guard != inner.guard


def test_behind_a_savepoint_a_failure_can_be_taken_back() -> None:
    before, behind = upgraded(
        """
        op.drop_table("before")
        with op.get_bind().begin_nested():
            op.drop_table("behind")
        """
    )

    assert (before.savepoint, behind.savepoint) == (False, True)


def test_what_an_object_is_made_with_is_used_by_its_methods() -> None:
    (dropped,) = upgraded(
        """
        class Helper:
            def __init__(self, op):
                self.op = op
            def drop_index(self, table, column):
                self.op.drop_index(f"ix_{table}_{column}", table)
        helper = Helper(op)
        helper.drop_index("t", "a")
        """
    )

    assert isinstance(dropped, DropIndex)
    assert dropped.name == Name("ix_t_a")


@pytest.mark.parametrize("decorator", ["property", "functools.cached_property"])
def test_a_property_is_what_its_function_gives(decorator: str) -> None:
    (dropped,) = upgraded(
        f"""
        import functools
        class Helper:
            def __init__(self, table):
                self._table = table
            @{decorator}
            def new(self):
                return f"{{self._table}}_new"
        op.drop_table(Helper("t").new)
        """
    )

    assert isinstance(dropped, DropTable)
    assert dropped.table == Name("t_new")


def test_a_property_does_what_its_function_does_also_with_a_setter() -> None:
    (dropped,) = upgraded(
        """
        class Helper:
            @property
            def gone(self):
                op.drop_table("t")
                return True
            @gone.setter
            def gone(self, value):
                raise AttributeError
        Helper().gone
        """
    )

    assert isinstance(dropped, DropTable)


def test_what_is_popped_is_gone() -> None:
    (made,) = upgraded('row = {"a": 1, "b": 2}\nrow.pop("a")\nop.bulk_insert(sa.table("t"), [row])')

    assert isinstance(made, Insert)
    assert made.columns == ("b",)


def test_within_a_batch_the_database_is_asked_before_any_of_it_is_done() -> None:
    _, _, asked = upgraded(
        """
        op.drop_table("other")
        with op.batch_alter_table("t") as batch_op:
            batch_op.drop_column("a")
            if "ix" in [index["name"] for index in sa.inspect(op.get_bind()).get_indexes("t")]:
                batch_op.drop_index("ix")
        """
    )

    assert [condition.since for condition in asked.conditions] == [1]


def test_a_raise_ends_the_function() -> None:
    operations = upgraded('raise NotImplementedError("no way back")\nop.drop_table("t")')

    assert [(type(o), getattr(o, "exception", None), getattr(o, "message", None)) for o in operations] == [
        (Raise, "NotImplementedError", "no way back")
    ]


def test_a_raise_on_a_condition_leaves_the_rest_to_its_opposite() -> None:
    refused, dropped = upgraded(
        """
        if context.get_x_argument():
            raise RuntimeError
        op.drop_table("t")
        """
    )

    assert isinstance(refused, Raise)
    assert refused.conditions[0].expected
    assert isinstance(dropped, DropTable)
    assert not dropped.conditions[0].expected


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return dialect.type_descriptor(postgresql.UUID())", "uuid"),
        ("if dialect.name == 'sqlite':\n            return sa.CHAR(32)\n        return postgresql.JSONB", "jsonb"),
        ("return self.impl", "text"),
        ("raise NotImplementedError", "Guid"),
        ("return super().load_dialect_impl(dialect)", "text"),
    ],
)
def test_a_type_of_the_project_is_what_it_chooses_for_the_dialect(body: str, name: str) -> None:
    head = "import sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n"
    method = f"    def load_dialect_impl(self, dialect):\n        {body}\n"
    files = Files({"kinds": f"{head}class Guid(sa.types.TypeDecorator):\n    impl = sa.Text\n{method}"})

    made, named = upgraded(
        "from kinds import Guid\nfor kind in (Guid(), Guid):\n    op.add_column('t', sa.Column('c', kind))", files
    )

    assert isinstance(made, AddColumn)
    assert isinstance(named, AddColumn)
    assert made.column.type.name == named.column.type.name == name


@pytest.mark.parametrize(
    ("impl", "given", "type_"),
    [
        ("sa.String", "30", "varchar(30)"),
        ("sa.String", "length=31", "varchar(31)"),
        ("sa.String(5)", "7", "varchar(5)"),
        ("sa.Numeric", "10, scale=2", "numeric(10,2)"),
    ],
)
def test_a_type_decorator_makes_its_impl_from_its_arguments(impl: str, given: str, type_: str) -> None:
    (added,) = upgraded(
        f"class Own(sa.TypeDecorator):\n    impl = {impl}\nop.add_column('t', sa.Column('c', Own({given})))"
    )

    assert isinstance(added, AddColumn)
    assert str(added.column.type) == type_


def test_what_another_file_does_when_it_is_imported_is_not_the_revisions() -> None:
    files = Files({"helpers": "from alembic import op\nop.drop_column('t', 'a')\nNAME = 't_c'\nraise SystemExit"})

    operations = upgraded("import helpers\nif asked():\n    op.drop_column('t', helpers.NAME)", files)

    assert _dropped(operations) == [("t", "t_c")]
    assert [type(operation) for operation in operations] == [DropColumn]
    assert [condition.question for condition in operations[0].conditions] == ["unknown"]


def test_another_file_that_does_too_much_does_not_stop_the_revision() -> None:
    endless = "for n in range(100):\n    for m in range(100):\n        pass\n"
    files = Files({"busy": f"NAME = 't_c'\n{endless}LATE = 'x'"})

    operations = upgraded("import busy\nop.drop_column('t', busy.NAME)\nop.drop_column('u', busy.LATE)", files)

    assert _dropped(operations) == [("t", "t_c"), ("u", HOLE)]


def test_a_function_of_another_file_that_does_too_much_is_one_that_is_not_known() -> None:
    endless = "    for n in range(200):\n        for m in range(200):\n            pass\n"
    files = Files({"helpers": f"def work(x):\n{endless}    return x"})

    operations = upgraded(
        "from helpers import work\nname = work('t_c')\nwork(op.get_bind())\nop.drop_column('t', 't_c')", files
    )

    assert [type(operation) for operation in operations] == [Unread, DropColumn]


def test_helpers_of_the_project_are_read_and_point_at_their_call() -> None:
    files = Files(
        {"helpers": "from alembic import op\nSUFFIX = '_c'\ndef drop(t):\n    op.drop_column(t, t + SUFFIX)\n"}
    )
    source = """
        from helpers import drop
        revision = "a"
        down_revision = None
        def upgrade():
            drop("t")
    """

    revision = read(source, files)

    [operation] = revision.upgrade or ()
    assert isinstance(operation, DropColumn)
    assert (operation.table, operation.column) == (Name("t"), "t_c")
    assert operation.place.node == (3, 0, 0, 1)
    assert [lean.path for lean in revision.leans if lean.path] == ["/project/helpers.py"]


def test_a_helper_from_elsewhere_is_unread_where_it_can_touch_the_database() -> None:
    head = "from elsewhere import migrate, compute"
    operations = upgraded("migrate(op.get_bind())\nx = compute(1)\nmigrate('t')", head=head)

    unread = [o for o in operations if isinstance(o, Unread)]
    assert [(o.what, o.anything, o.tables) for o in unread] == [
        ("migrate(…)", True, ()),
        ("migrate(…)", False, (Name("t"),)),
    ]


@pytest.mark.parametrize(
    ("call", "anything", "tables"),
    [
        ("migrate('t', 'u')", False, ("t", "u")),
        ("migrate('t', TABLE)", True, ("t",)),
        ("migrate('t', f'{TABLE}_c')", True, ("t",)),
        ("migrate('t', *TABLE)", True, ("t",)),
        ("migrate('t', sa.Integer, op)", False, ("t",)),
        ("drop_constraint('t_c', 't')", False, ("t",)),
        ("drop_constraint('t_c', TABLE)", True, ()),
        ("drop_constraint(op, 't_c', table_name='t')", False, ("t",)),
        ("create_foreign_key('t_c', 't', 'u', ['a'], ['b'])", False, ("t",)),
    ],
)
def test_what_a_helper_from_elsewhere_may_touch_is_what_it_names(
    call: str, anything: bool, tables: tuple[str, ...]
) -> None:
    head = "from elsewhere import TABLE, create_foreign_key, drop_constraint, migrate"
    (unread,) = upgraded(call, head=head)

    assert isinstance(unread, Unread)
    assert (unread.anything, unread.tables) == (anything, tuple(map(Name, tables)))


def test_what_a_helper_of_another_file_executes_is_told_with_the_name_of_the_helper() -> None:
    files = Files({"helpers": "def run(op, given):\n    op.execute(given)\n"})
    source = """
        from alembic import op
        from elsewhere import GIVEN
        from helpers import run
        revision = "a"
        down_revision = None
        def upgrade():
            run(op, GIVEN)
            op.execute(GIVEN)
    """

    helped, own = read(source, files).upgrade or ()

    assert isinstance(helped, Unread) and isinstance(own, Unread)
    assert (helped.what, own.what) == ("execute(…) in run()", "execute(…)")


def test_the_multidb_template_runs_each_engine() -> None:
    revision = read(
        """
        from alembic import op
        revision = "a"
        down_revision = None
        def upgrade(engine_name):
            globals()["upgrade_%s" % engine_name]()
        def upgrade_users():
            op.drop_column("t", "a")
        def upgrade_orders():
            op.drop_column("t", "b")
        """
    )

    assert [(o.engine, o.column) for o in revision.upgrade or () if isinstance(o, DropColumn)] == [
        ("users", "a"),
        ("orders", "b"),
    ]


def test_autocommit_blocks_mark_what_is_in_them() -> None:
    operations = upgraded(
        """
        op.drop_column("t", "a")
        with op.get_context().autocommit_block():
            op.drop_column("t", "b")
        op.drop_column("t", "c")
        """
    )

    assert [o.autocommit for o in operations] == [False, True, False]


def test_enums_and_tables_make_themselves() -> None:
    create, table, drop = upgraded(
        """
        bind = op.get_bind()
        state = postgresql.ENUM("a", "b", name="state", create_type=False)
        state.create(bind, checkfirst=True)
        t = sa.Table("t", sa.MetaData(), sa.Column("s", state))
        t.create(bind)
        sa.Enum(name="state").drop(bind)
        """
    )

    assert isinstance(create, CreateEnum)
    assert (create.name, create.labels, create.checked) == (Name("state"), ("a", "b"), True)
    assert isinstance(table, CreateTable)
    assert table.columns[0].type.enum is not None
    assert not table.columns[0].type.enum.creates
    assert isinstance(drop, DropEnum)
    assert not drop.if_exists


def test_an_enum_of_a_python_class_has_its_member_names_as_labels() -> None:
    head = "import enum\nclass Mood(enum.Enum):\n    sad = 'SAD'\n    happy = 'HAPPY'\n"
    plain, values = upgraded(
        """
        op.add_column("t", sa.Column("m", sa.Enum(Mood)))
        op.add_column("t", sa.Column("m", sa.Enum(Mood, name="x", values_callable=lambda e: [m.value for m in e])))
        """,
        head=head,
    )

    assert isinstance(plain, AddColumn)
    assert isinstance(values, AddColumn)
    assert plain.column.type.enum is not None
    assert values.column.type.enum is not None
    assert (plain.column.type.enum.name, plain.column.type.enum.labels) == (Name("mood"), ("sad", "happy"))
    assert (values.column.type.enum.name, values.column.type.enum.labels) == (Name("x"), ("SAD", "HAPPY"))


def test_a_member_with_the_value_of_another_is_no_label_of_its_own() -> None:
    head = (
        "import enum\nclass Mood(enum.Enum):\n    sad = 'sad'\n    low = 'sad'\n    ok = 'ok'\n"
        "    a = enum.auto()\n    b = enum.auto()\n"
    )
    types = [
        operation.column.type.enum
        for operation in upgraded(
            """
            op.add_column("t", sa.Column("m", sa.Enum(Mood)))
            op.add_column("t", sa.Column("m", sa.Enum(*[m.name for m in Mood], name="x")))
            op.add_column("t", sa.Column("m", sa.Enum(Mood, omit_aliases=False)))
            op.add_column("t", sa.Column("m", sa.Enum(*Mood.__members__, name="x")))
            """,
            head=head,
        )
        if isinstance(operation, AddColumn)
    ]

    assert [enum.labels for enum in types if enum is not None] == [
        ("sad", "ok", "a", "b"),
        ("sad", "ok", "a", "b"),
        ("sad", "low", "ok", "a", "b"),
        ("sad", "low", "ok", "a", "b"),
    ]


def test_statements_built_with_sqlalchemy_are_read() -> None:
    operations = upgraded(
        """
        t = sa.table("t", sa.column("a"), sa.column("b"))
        conn = op.get_bind()
        conn.execute(t.update().where(t.c.a == 1).values(b=t.c.a))
        op.execute(sa.delete(t))
        session = sa.orm.Session(bind=conn)
        session.execute(sa.update(t).values({"a": "x"}))
        """
    )

    update, delete, other = operations
    assert isinstance(update, Update)
    assert (update.table, update.columns, update.reads, update.where) == (Name("t"), ("b",), ("a",), True)
    assert isinstance(delete, Delete)
    assert not delete.where
    assert isinstance(other, Update)
    assert (other.columns, other.values, other.where) == (("a",), ("x",), False)


def test_calls_that_sqlalchemy_refuses_are_noted() -> None:
    operations = upgraded(
        """
        conn = op.get_bind()
        conn.execute("SELECT 1")
        op.execute("SELECT 1", {"a": 1})
        op.execute("SELECT ':x'")
        conn.execute(sa.text("SELECT :y"), {"y": 1})
        """
    )

    assert [(o.call, o.text) for o in operations if isinstance(o, PythonCall)] == [
        ("raw-string", "SELECT 1"),
        ("parameters", "op.execute"),
        ("unbound-parameter", "x"),
    ]


def test_an_engine_of_its_own_is_noted() -> None:
    operations = upgraded(
        'with sa.create_engine("postgresql://").begin() as conn:\n    conn.execute(sa.text("SELECT 1"))'
    )

    assert [o.call for o in operations if isinstance(o, PythonCall)] == ["create_engine"]


@pytest.mark.parametrize(
    "call",
    [
        'conn.execute(sa.text("SELECT :y"), {"y": 1})',
        'conn.execute(sa.text("SELECT :y"), parameters={"y": 1})',
        'conn.execute(sa.text("SELECT :y"), [{"y": 1}])',
        'conn.execute(sa.text("SELECT :y"), {**row, "x": 1})',
        'conn.execute(sa.text("SELECT :y"), row)',
        'conn.execute(sa.text("SELECT :y"), **row)',
        'conn.execute(sa.text("SELECT :y").bindparams(y=1))',
        "conn.exec_driver_sql(\"SELECT ':y'\")",
    ],
)
def test_parameters_that_are_given_are_bound(call: str) -> None:
    operations = upgraded(f"conn = op.get_bind()\nrow = conn.execute(sa.text('SELECT 1')).one()\n{call}")

    assert "unbound-parameter" not in [o.call for o in operations if isinstance(o, PythonCall)]


@pytest.mark.parametrize(
    "body",
    [
        "savepoint = conn.begin_nested()\nconn.execute(sa.text('SELECT 1'))\nsavepoint.commit()",
        "with conn.begin_nested() as savepoint:\n    savepoint.commit()",
        "with conn.engine.begin() as other:\n    other.execute(sa.text('SELECT 1'))\n    other.commit()",
    ],
)
def test_a_transaction_within_is_not_that_of_alembic(body: str) -> None:
    operations = upgraded(f"conn = op.get_bind()\n{body}")

    assert "commit" not in [o.call for o in operations if isinstance(o, PythonCall)]


def test_what_a_try_binds_is_known_where_it_failed() -> None:
    revision = read(
        """
        from alembic import op
        revision = "a"
        down_revision = None
        def upgrade():
            try:
                conn = op.get_bind()
                conn.execute("SELECT 1")
            except Exception as error:
                conn.rollback()
        """
    )

    assert revision.undefined == ()


def test_names_that_nothing_defines_are_noted() -> None:
    revision = read(
        """
        from alembic import op
        import sqlalchemy as sa
        revision = "a"
        down_revision = None
        def upgrade():
            op.add_column("t", sa.Column("c", sqlmodel.sql.sqltypes.AutoString()))
        """
    )

    assert [undefined.name for undefined in revision.undefined] == ["sqlmodel"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def (:\n", "the file is not Python: syntax error"),
        ("", "the file assigns no `revision`, so Alembic refuses it"),
        ("revision = compute()\n", "the value of `revision` could not be read"),
        ("revision = None\n", "the value of `revision` could not be read"),
    ],
)
def test_a_file_that_is_no_revision_says_why(source: str, reason: str) -> None:
    found = read_any(source)

    assert isinstance(found, Unreadable)
    assert found.reason == reason


def test_annotated_variables_and_the_header_are_read() -> None:
    revision = read(
        '''
        """add mail

        Revision ID: b
        Revises: a1, a2
        Create Date: 2026-01-02 03:04:05
        """
        from typing import Sequence, Union
        revision: str = "b"
        down_revision: Union[str, Sequence[str], None] = ("a1", "a2")
        branch_labels: Union[str, Sequence[str], None] = "x"
        depends_on = None
        '''
    )

    assert (revision.id, revision.down_revision, revision.branch_labels) == ("b", ("a1", "a2"), ("x",))
    assert (revision.header.message, revision.header.revises) == ("add mail", ("a1", "a2"))
    assert revision.upgrade is None


@pytest.mark.parametrize(
    "body",
    [
        "for i in range(10_000):\n    op.drop_column('t', str(i))",
        "def f():\n    f()\nf()",
        "def f(n):\n    f(n)\n    f(n)\nf(1)",
        "x = 'a' * 10**9\nop.execute(x)",
        "x = 'a'\nfor i in range(60):\n    x = x + x\nop.execute(x)",
        "for i in range(10**12):\n    op.drop_column('t', 'c')",
        "x = [[]] * 10**8",
        "op.execute(" + "(" * 90 + "'SELECT 1'" + ")" * 90 + ")",
        "x = " + "+".join(["'a'"] * 3000) + "\nop.execute(x)",
        "x = 2 ** 10 ** 10",
        "x = '{:>999999999999}'.format('a')",
        "x = '%999999999999d' % 1",
        "x = f'{1:999999999999}'",
        "x = 'a'\nfor i in range(100):\n    x = f'{x}{x}'\nop.execute(x)",
        "x = 'a'.join(['b' * 4_000] * 4_000)\nop.execute(x)",
        "x = 2\nfor i in range(100):\n    x = x * x\nop.execute(str(x))",
        "x = 'a ' * 10_000\nfor i in range(10_000):\n    op.execute(x)",
        "op.execute('/*' * 100_000)",
        "op.execute('SELECT 1 ' + '/*' * 100_000 + '*/' * 100_000)",
    ],
)
def test_pathological_files_end(body: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())

    found = read_any(f"from alembic import op\nrevision = 'a'\ndown_revision = None\ndef upgrade():\n{lines}")

    assert found is not None


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            "from dataclasses import dataclass\n@dataclass\nclass P:\n    t: str\n    c: str = 'no'",
            "for p in [P('t', 't_c')]:\n    op.drop_column(p.t, p.c)",
        ),
        (
            "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass P:\n    t: str\n    c: str = 't_c'",
            "p = P('t')\nop.drop_column(p.t, p.c)",
        ),
        (
            "import dataclasses as d\n@d.dataclass\nclass P:\n    cs: list = d.field(default_factory=list)",
            "p = P()\np.cs.append('t_c')\nfor c in p.cs:\n    op.drop_column('t', c)",
        ),
        (
            "from typing import NamedTuple\nclass P(NamedTuple):\n    t: str\n    c: str",
            "p = P('t', c='t_c')\nop.drop_column(p.t, p.c)",
        ),
        ("", "d = {'a': 1, 't_c': 2}\ndel d['a']\nfor c in d:\n    op.drop_column('t', c)"),
        ("", "cs = ['a', 't_c']\ndel cs[0]\nfor c in cs:\n    op.drop_column('t', c)"),
        ("", "d = {'a': 1}\nd.clear()\nd['t_c'] = 1\nfor c in d:\n    op.drop_column('t', c)"),
        (
            "c = 'a'\ndef change():\n    global c\n    c = 't_c'\ndef drop():\n    op.drop_column('t', c)",
            "change()\ndrop()",
        ),
        ("", "c = 'a'\ndef change():\n    nonlocal c\n    c = 't_c'\nchange()\nop.drop_column('t', c)"),
        ("def f(c, seen=[]):\n    seen.append(c)\n    return seen", "f('t')\nop.drop_column(*f('t_c'))"),
        ("", "c = 't_c'\ndef f(c=c):\n    op.drop_column('t', c)\nc = 'a'\nf()"),
        ("", "[f] = [lambda c=c: op.drop_column('t', c) for c in ['t_c']]\nc = 'a'\nf()"),
        ("", "c = 't_c'\ntext = f'{c = }'\nop.drop_column('t', text[5:-1])"),
    ],
)
def test_values_are_what_python_makes_of_them(head: str, body: str) -> None:
    assert _dropped(upgraded(body, head=head)) == [("t", "t_c")]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("from collections import namedtuple\nP = namedtuple('P', 'c')", "op.drop_column('t', P('c').c)"),
        ("from helpers import Base\nclass P(Base):\n    c = 'a'", "op.drop_column('t', P('c').c)"),
        ("", "[row] = op.get_bind().execute('SELECT 1')\nop.drop_column('t', row.c)"),
        ("", "c = 'a'\ntry:\n    f()\n    c = 'b'\nexcept ValueError:\n    pass\nop.drop_column('t', c)"),
        ("", "c = 'a'\ntry:\n    int('x')\nexcept ValueError:\n    c = 'b'\nop.drop_column('t', c)"),
        ("", "c = 'a'\ndel c\nop.drop_column('t', c)"),
        (
            "c = 'a'\ndef change():\n    global c\n    c = 'b'\ndef drop():\n    op.drop_column('t', c)",
            "if context.get_x_argument():\n    change()\ndrop()",
        ),
    ],
)
def test_a_value_that_may_be_another_is_not_known(head: str, body: str) -> None:
    assert _dropped(upgraded(body, head=head)) == [("t", HOLE)]


@pytest.mark.parametrize(
    "change",
    ["cs.pop(x)", "del cs[x]", "del cs[:1]", "cs.remove(x)", "cs[x] = 'c'"],
)
def test_what_may_have_been_taken_out_is_there_on_a_condition(change: str) -> None:
    operations = upgraded(
        f"x = context.get_x_argument()\ncs = ['a', 'b']\n{change}\nfor c in cs:\n    op.drop_column('t', c)"
    )

    assert _dropped(operations)[:2] == [("t", "a"), ("t", "b")]
    assert all(operation.conditions for operation in operations)


def test_behind_a_try_that_returns_the_rest_is_reached_where_it_failed() -> None:
    dropped, column = upgraded(
        """
        try:
            op.drop_table("x")
            return
        except Exception:
            c = "c"
        op.drop_column("t", c)
        """
    )

    assert isinstance(dropped, DropTable)
    assert _dropped([column]) == [("t", "c")]
    assert [condition.question for condition in column.conditions] == ["failed"]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("from functools import partial", "partial(drop, 't')()"),
        ("from functools import partial", "partial(op.drop_table)('t')"),
        ("from alembic import *", "op.drop_table('t')"),
        ("from alembic.op import *", "drop_table('t')"),
        ("from sqlalchemy import *", "op.execute(text('DROP TABLE t'))"),
        ("import sys", "getattr(sys.modules[__name__], 'drop')('t')"),
        ("", "globals()['drop']('t')"),
        ("", "globals().get('drop')('t')"),
        ("", "eval('drop')('t')"),
        ("", "name = 't'\nop.drop_table('{name}'.format(**locals()))"),
        ("", "{'a': drop}.get('a')('t')"),
        ("", "list(map(drop, ['t']))"),
        ("class A:\n    def __call__(self):\n        drop('t')", "A()()"),
        ("class A:\n    drop = op.drop_table", "A.drop('t')"),
        ("class A:\n    drop = op.drop_table", "A().drop('t')"),
        ("class A:\n    drop = staticmethod(drop)", "A().drop('t')"),
        ("class A:\n    def __init__(self, f):\n        self.f = f", "A(op.drop_table).f('t')"),
        ("class A:\n    @property\n    def p(self):\n        drop('t')", "A().p"),
        ("class A:\n    def q(self):\n        drop('t')\n    p = property(q)", "A().p"),
        ("class A:\n    @classmethod\n    def f(cls, name):\n        drop(name)", "A.f('t')"),
        ("class A:\n    @classmethod\n    def f(cls, name):\n        drop(name)", "A().f('t')"),
        ("class A:\n    @staticmethod\n    def f(name):\n        drop(name)", "A().f('t')"),
        ("class A:\n    def f(name):\n        drop(name)", "A.f('t')"),
        ("class A:\n    def __getattr__(self, name):\n        return drop", "A().f('t')"),
        ("class A:\n    def f(self, name):\n        drop(name)\nclass B(A):\n    pass", "B().f('t')"),
        (
            "class A:\n    def f(self): drop(self.n)\nclass B(A):\n    n = 't'\n    f = lambda self: super().f()",
            "B().f()",
        ),
        (
            "class A:\n    @classmethod\n    def f(cls):\n        drop(cls.n)\nclass B(A):\n    n = 't'",
            "super(B, B).f()",
        ),
        ("", "import importlib\nimportlib.import_module('h').drop_it('t')"),
        ("", "__import__('h').drop_it('t')"),
    ],
)
def test_functions_are_called_whichever_way_they_are_found(head: str, body: str) -> None:
    files = Files({"h": "from alembic import op\ndef drop_it(name):\n    op.drop_table(name)"})

    [operation] = upgraded(body, files, head=f"def drop(name):\n    op.drop_table(name)\n{head}")

    assert isinstance(operation, DropTable)
    assert operation.table == Name("t")


@pytest.mark.parametrize(
    "body",
    [
        "{'a': drop}[x]('t')",
        "{'a': drop}.get(x)('t')",
        "[drop][x]('t')",
        "(drop if x else print)('t')",
        "getattr(op, x)('t')",
        "x('t')",
        "for f in x:\n    f('t')",
        "exec(x)",
        "eval(\"op.drop_table('t')\")",
        "import importlib\nimportlib.import_module(x).drop_it('t')",
        "import functools\nfunctools.reduce(lambda a, b: op.drop_table(b), ['t'], None)",
        "sorted(['t'], key=op.drop_table)",
        "max(['t'], key=lambda name: drop(name))",
        "import itertools\nlist(itertools.starmap(op.drop_column, [('t', 'id')]))",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor().submit(drop, 't')",
        "from contextlib import ExitStack\nwith ExitStack() as stack:\n    stack.callback(op.drop_table, 't')",
        "import helpers\nn = helpers.retry(drop)",
        "with op.batch_alter_table('t') as batch:\n    from helpers import every\n    n = every(batch.drop_column)",
        "bind = op.get_bind()\nfrom helpers import every\nn = every(lambda sql: bind.execute(sql))",
        "from helpers import *\ndrop_it('t')",
    ],
)
def test_what_may_change_the_database_is_unread_where_it_cannot_be_followed(body: str) -> None:
    head = "def drop(name):\n    op.drop_table(name)\nx = context.get_x_argument()"

    [operation] = upgraded(body, head=head)

    assert isinstance(operation, Unread)
    assert operation.anything or operation.tables


@pytest.mark.parametrize(
    "body",
    [
        "from helpers import listed\nnames = listed(lambda name: op.f(name))",
        "from helpers import listed\nnames = listed(has_table)",
        "sorted(['t'], key=lambda name: name.lower())",
        "import functools\nfunctools.reduce(lambda a, b: a + b, [1])",
    ],
)
def test_functions_that_only_look_are_handed_on_without_a_word(body: str) -> None:
    head = "def has_table(name):\n    return sa.inspect(op.get_bind()).has_table(name)"

    assert upgraded(body, head=head) == []


@pytest.mark.parametrize(
    "body",
    [
        "x = ['a']\nfor i in range(60):\n    x = [*x, *x]",
        "x = ('a',)\nfor i in range(60):\n    x = (x, x)\nop.execute(str(x))",
        "x = ('a',)\nfor i in range(25):\n    x = (x, x)\nop.execute(f'{x}')",
        "x = ('a',)\nfor i in range(25):\n    x = (x, x)\nd = {x: 1}",
        "x = y = ('a',)\nfor i in range(25):\n    x, y = (x, x), (y, y)\nif x == y:\n    pass",
        "x = sa.text('a')\nfor i in range(25):\n    x = sa.and_(x, x)\nop.execute(sa.update(sa.table('t')).where(x))",
        "x = {}\nfor i in range(60):\n    x = {'a': x, 'b': x}\nop.execute(str(x))",
        "x = []\nfor i in range(60):\n    y = []\n    y.append(x)\n    y.append(x)\n    x = y\nop.execute(str(x))",
        "x = []\nx.append(x)\nop.execute(str(x))",
        "f = lambda x: (x, x)\nx = 1\nfor i in range(60):\n    x = f(x)\nop.execute(str(x))",
        "x = [1]\nop.execute(str([[[x] * 1000] * 1000] * 1000))",
        "x = [0] * 99\nfor i in range(60):\n    y = [0] * 99\n    len(y)\n    y[0] = y[1] = x\n    x = y\nstr(x)",
        "x = [1] * 1_000_000\nfor i in range(20_000):\n    if x == 3:\n        pass",
        "zip(*[list(range(20_000))] * 10_000)",
    ],
)
def test_values_that_grow_without_end_are_not_followed(body: str) -> None:
    [operation] = upgraded(body)

    assert isinstance(operation, Unread)
    assert operation.why == "more is done than is followed"


@pytest.mark.parametrize(
    "body",
    [
        "x = 'a'\nfor i in range(60):\n    x = '%s%s' % (x, x)\nop.execute(x)",
        "x = 'a'\nfor i in range(60):\n    x = x.replace('a', 'aaaa')\nop.execute(x)",
        "x = 'a' * 4_000_000\nop.execute(x.replace('a', 'aa'))",
        "x = 1\nfor i in range(500):\n    x = x << 63\nop.execute(f'{x}')",
        "op.execute(str(int('f' * 100_000, 16)))",
    ],
)
def test_texts_and_numbers_that_grow_without_end_are_not_known(body: str) -> None:
    [operation] = upgraded(body)

    assert isinstance(operation, Unread)


def test_much_that_is_done_with_large_values_is_followed() -> None:
    names = ", ".join([f"'t{number}': 'c{number}'" for number in range(1000)])

    operations = upgraded(
        f"d = {{{names}}}\nseen = []\nfor t in d:\n    if t in d and t not in seen:\n        seen.append(t)\n"
        "        op.drop_column(t, d[t])"
    )

    assert len(_dropped(operations)) == 1000


def test_a_file_that_takes_more_memory_than_there_is_is_one_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def parsed(text: str) -> None:
        raise MemoryError

    monkeypatch.setattr("alembic_review.parsing.module.parsed", parsed)

    found = read_any("revision = 'a'\ndown_revision = None")

    assert isinstance(found, Unreadable)
    assert found.reason == "the file takes more memory than there is"


@pytest.mark.parametrize(
    "found", ['next((c for c in columns if c["name"] == "x"), None)', '[c for c in columns if c["name"] == "x"][0]']
)
def test_what_an_inspector_tells_of_a_column_is_a_question(found: str) -> None:
    (operation,) = upgraded(f"""
        columns = sa.inspect(op.get_bind()).get_columns("t")
        found = {found}
        if isinstance(found["type"], (sa.Text, sa.VARCHAR)) and found["nullable"]:
            op.drop_column("t", "x")
        """)

    (condition,) = operation.conditions
    asked = [(part.question, part.table, part.name, part.expected, part.text) for part in condition.parts]
    assert asked == [("type", Name("t"), "x", True, "Text VARCHAR"), ("nullable", Name("t"), "x", True, "")]


def test_an_index_is_unique_with_a_number_too() -> None:
    (index,) = upgraded('op.create_index("ix", "t", ["x"], unique=1)')

    assert isinstance(index, CreateIndex)
    assert index.index.unique


def test_a_name_of_an_enum_that_is_not_known_is_a_name() -> None:
    (column,) = upgraded('op.add_column("t", sa.Column("x", sa.Enum("a", name=NAME)))', head="from app import NAME")

    assert isinstance(column, AddColumn)
    assert column.column.type.enum is not None
    assert column.column.type.enum.name == Name(HOLE)


@pytest.mark.parametrize(
    "body",
    ["op.execute(DROP)", "op.execute(sa.text(DROP))", "op.execute(f'{DROP}')", "op.drop_column(TABLE, NAMES[0])"],
)
def test_a_constant_of_the_projects_own_tree_is_its_value(body: str) -> None:
    files = Files({"app": "TABLE = 't'\nNAMES = ['c']\nDROP = 'ALTER TABLE t DROP COLUMN c'\n"})

    assert _dropped(upgraded(body, files, head="from app import DROP, NAMES, TABLE\n")) == [("t", "c")]


def test_a_column_tells_its_name() -> None:
    operations = upgraded(
        "for column in [sa.Column('a', sa.Integer()), sa.Column(name='b', type_=sa.Integer())]:\n"
        "    op.drop_column('t', column.name)"
    )

    assert _dropped(operations) == [("t", "a"), ("t", "b")]


def _tables(operations: list[Operation]) -> list[str]:
    return [o.table.name for o in operations if isinstance(o, DropTable)]


@pytest.mark.parametrize(
    ("body", "tables"),
    [
        ("match 1:\n    case 1:\n        op.drop_table('a')\n    case _:\n        op.drop_table('b')", ["a"]),
        ("match 'x':\n    case 'y' | 'x':\n        op.drop_table('a')", ["a"]),
        ("match 'x':\n    case name if name == 'x':\n        op.drop_table(name)", ["x"]),
        (
            "match op.get_bind().dialect.name:\n    case 'mysql':\n        op.drop_table('a')\n    case _: ...",
            [],
        ),
        ("match x():\n    case 1:\n        op.drop_table('a')\n    case _:\n        op.drop_table('b')", ["a", "b"]),
        ("match 1:\n    case int(n):\n        op.drop_table('a')", ["a"]),
        ("assert op.drop_table('a') is None", ["a"]),
        (
            "def names():\n    yield 'a'\n    yield from ('b', 'c')\nfor n in names():\n    op.drop_table(n)",
            ["a", "b", "c"],
        ),
    ],
)
def test_statements_of_newer_pythons_are_followed(body: str, tables: list[str]) -> None:
    assert _tables(upgraded(body)) == tables


def test_the_block_of_a_with_runs_where_its_context_manager_yields() -> None:
    operations = upgraded(
        "with around('a') as name:\n    op.drop_table(name)",
        head=(
            "from contextlib import contextmanager\n@contextmanager\ndef around(name):\n"
            "    op.drop_table('first')\n    try:\n        yield name\n    finally:\n        op.drop_table('last')\n"
        ),
    )

    assert _tables(operations) == ["first", "a", "last"]


def test_a_context_manager_of_another_file_is_followed_too() -> None:
    files = Files(
        {
            "app": "import contextlib\nfrom alembic import op\n@contextlib.contextmanager\ndef around(name):\n"
            "    op.drop_table('first')\n    yield name\n    op.drop_table('last')\n"
        }
    )

    assert _tables(upgraded("with app.around('a') as name:\n    op.drop_table(name)", files, head="import app\n")) == [
        "first",
        "a",
        "last",
    ]


def test_an_object_that_enters_and_leaves_runs_both() -> None:
    operations = upgraded(
        "with Around():\n    op.drop_table('a')",
        head=(
            "class Around:\n    def __enter__(self):\n        op.drop_table('first')\n"
            "    def __exit__(self, *error):\n        op.drop_table('last')\n"
        ),
    )

    assert _tables(operations) == ["first", "a", "last"]


@pytest.mark.parametrize("decorator", ["around", "around_with('x')"])
def test_a_decorator_of_the_project_runs_too(decorator: str) -> None:
    operations = upgraded(
        "go('a')",
        head=(
            "import functools\ndef around(function):\n    @functools.wraps(function)\n    def inner(*args, **more):\n"
            "        op.drop_table('first')\n        return function(*args, **more)\n    return inner\n"
            "def around_with(name):\n    return around\n"
            f"@{decorator}\ndef go(name):\n    op.drop_table(name)\n"
        ),
    )

    assert _tables(operations) == ["first", "a"]


@pytest.mark.parametrize(
    ("classes", "runs"),
    [
        ("MySQLDialect", False),
        ("PGDialect", True),
        ("postgresql.dialect", True),
        ("(MySQLDialect, PGDialect)", True),
        ("(MySQLDialect, sqlite.dialect)", False),
        ("Mine", None),
    ],
)
def test_the_class_of_the_dialect_tells_which_it_is(classes: str, runs: bool | None) -> None:
    head = (
        "from sqlalchemy.dialects import postgresql, sqlite\n"
        "from sqlalchemy.dialects.mysql.base import MySQLDialect\n"
        "from sqlalchemy.dialects.postgresql.base import PGDialect\n"
        "from elsewhere import Mine\n"
    )

    operations = upgraded(f"{head}if isinstance(op.get_bind().dialect, {classes}):\n    op.drop_table('t')")

    assert [bool(one.conditions) for one in operations] == ([] if runs is False else [runs is None])


def test_a_raise_behind_a_loop_that_may_return_need_not_be_reached() -> None:
    head = """
def found():
    for key in sa.inspect(op.get_bind()).get_foreign_keys("t"):
        if key["referred_table"] == "o":
            return key["name"]
    raise ValueError("none")
"""

    raised, dropped, added = upgraded(
        "op.drop_constraint(found(), 't', type_='foreignkey')\nop.add_column('t', sa.Column('a', sa.Text()))", head=head
    )

    assert raised.conditions
    assert not dropped.conditions
    assert not added.conditions


OBJECT = """
from elsewhere import unknown
class Walk:
    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0
    def accept(self, token):
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False
    def expect(self, token):
        if not self.accept(token):
            self.at = 7
            raise ValueError(token)
"""


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("if unknown():\n    walk.at = 1", None),
        ("walk.accept(unknown())", None),
        ("if unknown():\n    walk.at = 1\nelse:\n    walk.at = 2", None),
        ("walk.at = 1\nif unknown():\n    walk.at = 0\nelse:\n    walk.at = 0", 0),
        ("if unknown():\n    walk.at = 1\n    if walk.at != 1:\n        op.drop_table('lost')", None),
        ("if unknown():\n    if unknown():\n        walk.at = 1", None),
        ("walk.expect(unknown())", None),
        ("while walk.accept(unknown()):\n    pass", None),
        ("for one in unknown():\n    walk.at += 1", None),
        ("for one in ['a', 'a']:\n    walk.accept(one)", 2),
        ("try:\n    op.drop_table('x')\nexcept Exception:\n    walk.at = 1", None),
        ("if unknown():\n    walk.new = 2\n    walk.at = walk.new", None),
        ("walk.new = 1\nif unknown():\n    walk.at = 1\nelse:\n    walk.at = walk.new", 1),
        ("if unknown():\n    walk.at = 1\nelse:\n    raise ValueError", 1),
        ("if unknown():\n    walk.at = 1\n    raise ValueError", 0),
        ("text = 'x' if unknown() else 'y'\nwalk.at = 1\nop.drop_table(text)\nwalk.at += 1", 2),
    ],
)
def test_an_attribute_that_is_given_on_a_branch_is_known_there_only(body: str, known: int | None) -> None:
    asked = "".join(f"\nif walk.at == {number}:\n    op.drop_table('{number}')" for number in range(3))

    operations = upgraded(f"walk = Walk(['a', 'a', 'b'])\n{body}{asked}", head=OBJECT)

    dropped = {str(one.table) for one in operations if isinstance(one, DropTable)} - {"x", "y"}
    assert dropped == ({"0", "1", "2"} if known is None else {str(known)})


def test_an_attribute_of_a_column_that_is_given_on_a_branch_is_known_there() -> None:
    operations = upgraded(
        "column = sa.Column('c', sa.Integer, server_default='1')\nif unknown():\n    column.server_default = '2'\n"
        "    op.add_column('there', column)\nop.add_column('after', column)",
        head=OBJECT,
    )

    there, after = (one for one in operations if isinstance(one, AddColumn))
    assert there.column.default is not None
    assert (there.column.default.sql, there.partly) == ("'2'", ())
    assert after.partly == ("server_default",)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("op.drop_table('t') if flag else None", True),
        ("None if flag else op.drop_table('t')", False),
        ("flag and op.drop_table('t')", True),
        ("flag or op.drop_table('t')", False),
    ],
)
def test_a_part_of_an_expression_may_be_evaluated_on_a_condition(expression: str, expected: bool) -> None:
    operations = upgraded(f"flag = unknown()\n{expression}\nop.drop_table('after')", head=OBJECT)

    there, after = (one for one in operations if isinstance(one, DropTable))
    assert [condition.expected for condition in there.conditions] == [expected]
    assert after.conditions == ()


@pytest.mark.parametrize(
    "expression",
    ["unknown() and walk.accept('a')", "walk.accept('a') if unknown() else None", "unknown() or walk.accept('a')"],
)
def test_an_attribute_that_a_part_of_an_expression_gives_is_not_known_behind_it(expression: str) -> None:
    operations = upgraded(f"walk = Walk(['a'])\n{expression}\nif walk.at:\n    op.drop_table('t')", head=OBJECT)

    assert [len(one.conditions) for one in operations if isinstance(one, DropTable)] == [1]
