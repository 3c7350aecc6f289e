"""What the rules about locks know of each operation is what a real PostgreSQL does: lock, scan, rewrite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import get_args

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql

from alembic_review.config import Config
from alembic_review.database.server import Server
from alembic_review.proof import LockMode
from alembic_review.review import changes
from alembic_review.testing import history_of, revision_source
from alembic_review_rules.locks.works import Work, works
from tests.proofs.project import PostgreSQL, Project, Statement, begin

pytestmark = pytest.mark.server

# Those that stop reads or writes.
MODES: tuple[LockMode, ...] = get_args(LockMode)[1:]

# How the other table of a foreign key is read is for the planner to say.
LOOKED_UP = ("referred table", "drop foreign key")

Told = dict[str, tuple[LockMode | None, bool | None, bool]]
"""Of each table the strongest lock, whether all of it is read if that can be told, and whether it is written anew."""

GIVEN = """
def upgrade():
    op.execute("CREATE DOMAIN positive AS int CHECK (VALUE > 0)")
    op.create_table("customer", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer()),
        sa.Column("state", sa.String(10)),
        sa.Column("customer", sa.Integer()),
        sa.Column("days", postgresql.DATERANGE()),
        sa.Column("at", sa.DateTime()),
        sa.Column("gone", sa.Integer(), sa.ForeignKey("customer.id")),
        sa.CheckConstraint("amount IS NOT NULL", name="amount_there"),
        sa.UniqueConstraint("state", name="uq_state"),
    )
    op.create_index("ix_state", "orders", ["state"])
    op.create_index("ux_id", "orders", ["id"], unique=True)
    op.create_table("note", sa.Column("customer", sa.Integer(), sa.ForeignKey("customer.id", name="fk_note")))
    op.create_check_constraint("unchecked", "orders", "id > 0", postgresql_not_valid=True)
    op.create_foreign_key("unlooked", "orders", "customer", ["amount"], ["id"], postgresql_not_valid=True)
    op.execute("CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS number FROM orders")
    op.execute("CREATE UNIQUE INDEX ux_totals ON totals (number)")
    op.execute("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
    op.execute("CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()")
    op.execute("CREATE POLICY p ON orders")
    op.execute("CREATE SCHEMA archive")


def downgrade():
    pass
"""
TABLES = ("customer", "note", "orders", "totals")
FILES = "SELECT relname, relfilenode FROM pg_class WHERE relname IN ('customer', 'note', 'orders', 'totals')"

CALLS = [
    'op.create_index("ix", "orders", ["amount"])',
    'op.create_index("ix", "orders", ["id", "amount"], unique=True)',
    'op.create_index("ix", "totals", ["number"])',
    'op.drop_index("ix_state", table_name="orders")',
    'op.execute("DROP INDEX ix_state")',
    # Columns that come
    'op.add_column("orders", sa.Column("a", sa.Text()))',
    'op.add_column("orders", sa.Column("a", sa.Text(), nullable=False, server_default="x"))',
    'op.add_column("orders", sa.Column("a", sa.DateTime(), server_default=sa.func.now()))',
    'op.add_column("orders", sa.Column("a", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))',
    'op.add_column("orders", sa.Column("a", sa.DateTime(), server_default=sa.func.clock_timestamp()))',
    'op.add_column("orders", sa.Column("a", sa.Integer(), sa.Identity()))',
    'op.add_column("orders", sa.Column("a", sa.Integer(), sa.Computed("amount * 2", persisted=True)))',
    'op.add_column("orders", sa.Column("a", sa.Text(), unique=True))',
    'op.add_column("orders", sa.Column("a", sa.Text(), index=True))',
    'op.add_column("orders", sa.Column("a", sa.Integer(), sa.ForeignKey("customer.id")))',
    'op.add_column("orders", sa.Column("a", sa.Integer(), sa.ForeignKey("customer.id")), inline_references=True)',
    'op.add_column("orders", sa.Column("a", sa.Integer(), sa.CheckConstraint("a > 0", name="c")))',
    'op.execute("ALTER TABLE orders ADD COLUMN a int REFERENCES customer (id)")',
    'op.execute("ALTER TABLE orders ADD COLUMN a int DEFAULT 1 REFERENCES customer (id)")',
    'op.execute("ALTER TABLE orders ADD COLUMN a int CHECK (a > 0)")',
    'op.execute("ALTER TABLE orders ADD COLUMN a serial")',
    'op.execute("ALTER TABLE orders ADD COLUMN a bigserial PRIMARY KEY")',
    'op.execute("ALTER TABLE orders ADD COLUMN a text UNIQUE")',
    'op.execute("ALTER TABLE orders ADD COLUMN a positive")',
    # Columns that change, and go
    'op.alter_column("orders", "amount", type_=sa.BigInteger())',
    'op.alter_column("orders", "customer", type_=sa.BigInteger())',
    'op.alter_column("orders", "gone", type_=sa.Integer())',
    'op.alter_column("orders", "gone", type_=sa.BigInteger())',
    'op.alter_column("customer", "id", type_=sa.BigInteger())',
    'op.alter_column("orders", "state", type_=sa.String(50))',
    'op.alter_column("orders", "state", type_=sa.String(5))',
    'op.alter_column("orders", "state", type_=sa.Text())',
    'op.alter_column("orders", "state", type_=sa.Text(), postgresql_using="state::text")',
    'op.alter_column("orders", "state", type_=sa.Text(), postgresql_using="lower(state)")',
    'op.alter_column("orders", "state", nullable=False)',
    'op.alter_column("orders", "amount", nullable=False)',
    'op.alter_column("orders", "id", nullable=False)',
    'op.alter_column("orders", "id", nullable=True)',
    'op.alter_column("orders", "state", server_default="x")',
    'op.alter_column("orders", "state", new_column_name="status")',
    'op.alter_column("orders", "state", comment="what it is")',
    'op.drop_column("orders", "state")',
    'op.drop_column("orders", "gone")',
    # Constraints
    'op.create_check_constraint("c", "orders", "amount > 0")',
    'op.create_check_constraint("c", "orders", "amount > 0", postgresql_not_valid=True)',
    'op.create_foreign_key("c", "orders", "customer", ["customer"], ["id"])',
    'op.create_foreign_key("c", "orders", "customer", ["customer"], ["id"], postgresql_not_valid=True)',
    'op.create_unique_constraint("c", "orders", ["amount"])',
    'op.create_primary_key("c", "orders", ["id"])',
    'op.create_primary_key("c", "orders", ["amount"])',
    'op.create_exclude_constraint("c", "orders", ("days", "&&"), using="gist")',
    'op.execute("ALTER TABLE orders ADD CONSTRAINT c UNIQUE USING INDEX ux_id")',
    'op.execute("ALTER TABLE orders ADD CONSTRAINT c PRIMARY KEY USING INDEX ux_id")',
    'op.execute("ALTER TABLE orders VALIDATE CONSTRAINT unchecked")',
    'op.execute("ALTER TABLE orders VALIDATE CONSTRAINT unlooked")',
    'op.execute("ALTER TABLE orders RENAME CONSTRAINT unchecked TO checked")',
    'op.drop_constraint("fk_note", "note", type_="foreignkey")',
    'op.drop_constraint("uq_state", "orders", type_="unique")',
    'op.execute("ALTER TABLE customer DROP CONSTRAINT customer_pkey CASCADE")',
    'op.drop_constraint("unchecked", "orders", type_="check")',
    # Tables
    'op.create_table("a", sa.Column("customer", sa.Integer(), sa.ForeignKey("customer.id")))',
    'op.create_table("a", sa.Column("b", sa.Integer(), primary_key=True))',
    'op.rename_table("orders", "purchase")',
    'op.execute("ALTER TABLE orders SET SCHEMA archive")',
    'op.execute("ALTER TABLE orders SET UNLOGGED")',
    'op.execute("ALTER TABLE orders SET (fillfactor = 70)")',
    'op.execute("ALTER TABLE orders RESET (fillfactor)")',
    'op.execute("ALTER TABLE orders OWNER TO CURRENT_USER")',
    'op.execute("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")',
    'op.execute("ALTER TABLE orders REPLICA IDENTITY FULL")',
    'op.execute("ALTER TABLE orders DISABLE TRIGGER t")',
    'op.execute("ALTER TABLE orders ENABLE TRIGGER t")',
    'op.execute("ALTER TABLE orders CLUSTER ON ix_state")',
    'op.execute("ALTER TABLE orders SET WITHOUT CLUSTER")',
    'op.execute("ALTER TABLE orders ALTER COLUMN state SET STATISTICS 100")',
    'op.execute("ALTER TABLE orders ALTER COLUMN state SET STORAGE EXTERNAL")',
    'op.execute("ALTER TABLE orders ALTER COLUMN state SET (n_distinct = 5)")',
    'op.execute("ALTER TABLE orders ALTER COLUMN state RESET (n_distinct)")',
    "op.execute(\"COMMENT ON TABLE orders IS 'Orders'\")",
    'op.execute("CREATE TRIGGER u AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()")',
    'op.execute("DROP TRIGGER t ON orders")',
    'op.execute("CREATE POLICY q ON orders")',
    'op.execute("DROP POLICY p ON orders")',
    'op.execute("CREATE RULE r AS ON DELETE TO orders DO INSTEAD NOTHING")',
    # Rows, and whole tables
    'op.execute("UPDATE orders SET amount = 1")',
    """op.execute("SET LOCAL timezone = 'UTC'"); op.alter_column("orders", "at", type_=sa.DateTime(timezone=True))""",
    'op.execute("DELETE FROM orders")',
    'op.execute("INSERT INTO customer SELECT id FROM orders")',
    'op.execute("LOCK TABLE orders")',
    *(f'op.execute("LOCK TABLE orders IN {mode} MODE")' for mode in get_args(LockMode) if mode != "EXCLUSIVE"),
    'op.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE")',
    'op.execute("CLUSTER orders USING ix_state")',
    'op.execute("REINDEX TABLE orders")',
    'op.execute("REINDEX INDEX ix_state")',
]


@pytest.fixture(scope="module")
def database(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    with server.database() as url, closing(PostgreSQL(url)) as database:
        begin(Project(tmp_path_factory.mktemp("given"), [GIVEN], []), database, fill=False)
        yield database


def told(call: str, version: int) -> Told:
    config = Config(postgresql=(version,))
    texts = [GIVEN, f"def upgrade():\n    {call}\n"]
    history = history_of([revision_source(text, number) for number, text in enumerate(texts, 1)], config)
    change = list(changes(history, config))[-1]
    found = [work for step in change.upgrade for work in works(change, step, config)]
    answer: Told = {}
    for table in TABLES:
        mine = [work for work in found if work.table.name == table]
        answer[table] = (
            max((work.mode for work in mine if work.mode in MODES), key=MODES.index, default=None),
            _is_read(mine),
            any(work.kind == "rewrite" or (work.kind, work.name) == ("explicit", "CLUSTER") for work in mine),
        )
    return answer


def _is_read(mine: list[Work]) -> bool | None:
    kinds = [work.kind for work in mine if work.is_slow]
    return None if kinds and set(kinds) <= set(LOOKED_UP) else bool(kinds)


def shown(call: str, database: PostgreSQL) -> Told:
    statements: list[Statement] = []
    with database.engine.connect() as connection, database.noted(connection, statements, None):
        # What the session has scanned before is counted here.
        files = dict(connection.execute(sa.text(FILES)).all())
        op = Operations(MigrationContext.configure(connection))
        exec(call, {"op": op, "sa": sa, "postgresql": postgresql})
        statements = statements[1:]
        after = dict(connection.execute(sa.text(FILES)).all())
        connection.rollback()
    answer: Told = {}
    for table, number in files.items():
        held = {mode for one in statements for name, mode in one.locks if name == table}
        answer[table] = (
            next((mode for mode in reversed(MODES) if mode in held), None),
            any(table in one.scanned for one in statements),
            after.get(table, number) != number,
        )
    return answer


@pytest.mark.parametrize("call", CALLS)
def test_locks_scans_and_rewrites_are_those_that_are_told(call: str, database: PostgreSQL) -> None:
    version = database.session.info.server_version // 10000

    wanted = told(call, version)

    seen = shown(call, database)

    for table, (_mode, read, _rewritten) in wanted.items():
        if read is None:
            seen[table] = (seen[table][0], None, seen[table][2])
    assert seen == wanted
