"""What helps say: code that can be typed as it is, names as PostgreSQL needs them, and what else is to be done."""

from __future__ import annotations

import pytest

from alembic_review.registry import load_rules
from alembic_review.testing import check, check_all

RULES = {rule.name: rule for rule in load_rules()}
GIVEN = """
def upgrade():
    op.create_table("group", sa.Column("Id", sa.Integer()), sa.Column("user", sa.Integer()), sa.Column("c", sa.Text()))
"""
MYSQL = 'Mend it; or, if this history is for MySQL, set dialect = "mysql".'
SQLITE = 'Mend it; or, if this history is for SQLite, set dialect = "sqlite".'
BLOCK = "with op.get_context().autocommit_block(): "


def help_of(rule: str, call: str) -> str:
    (found,) = check(RULES[rule], GIVEN, f"def upgrade():\n    {call}\n")
    assert found.help is not None
    return found.help


@pytest.mark.parametrize(
    ("rule", "call", "typed"),
    [
        (
            "check-blocks",
            'op.create_check_constraint("REQ_CHK", "group", "c <> \'\'")',
            BLOCK + """op.execute('ALTER TABLE "group" VALIDATE CONSTRAINT "REQ_CHK"')""",
        ),
        (
            "not-null-scan",
            'op.alter_column("group", "user", nullable=False)',
            """op.execute('ALTER TABLE "group" ADD CONSTRAINT user_not_null CHECK ("user" IS NOT NULL) NOT VALID')""",
        ),
        (
            "unique-blocks",
            'op.create_unique_constraint("uq_Group", "group", ["user"])',
            """op.execute('ALTER TABLE "group" ADD CONSTRAINT "uq_Group" UNIQUE USING INDEX "uq_Group"')""",
        ),
        (
            "table-rewritten",
            'op.alter_column("group", "user", type_=sa.BigInteger())',
            """op.execute('ALTER TABLE "group" ADD COLUMN user_new bigint')""",
        ),
        (
            "index-blocks-writes",
            """op.execute('CREATE UNIQUE INDEX ux\\n ON "group" (c);')""",
            BLOCK + """op.execute('CREATE UNIQUE INDEX CONCURRENTLY ux ON "group" (c)')""",
        ),
        (
            "table-locked",
            """op.execute('REINDEX (VERBOSE) TABLE "group";')""",
            BLOCK + """op.execute('REINDEX (VERBOSE) TABLE CONCURRENTLY "group"')""",
        ),
        (
            "table-locked",
            'op.execute("refresh materialized view totals")',
            'op.execute("refresh materialized view CONCURRENTLY totals"), which needs a unique index on the view.',
        ),
    ],
)
def test_sql_has_names_in_quotes_where_they_need_them(rule: str, call: str, typed: str) -> None:
    assert typed in help_of(rule, call)


def test_a_foreign_key_keeps_what_it_does_on_delete() -> None:
    call = 'op.create_foreign_key("fk", "group", "p", ["user"], ["id"], ondelete="CASCADE", deferrable=True)'

    assert help_of("foreign-key-blocks", call).startswith(
        'op.create_foreign_key("fk", "group", "p", ["user"], ["id"], ondelete="CASCADE", deferrable=True, '
        "postgresql_not_valid=True); then, in the next revision, "
    )


def test_an_index_keeps_its_method_its_expressions_and_its_condition() -> None:
    call = (
        'op.create_index("ix", "group", [sa.text("lower(c)"), "user"], '
        'postgresql_using="gin", postgresql_where="c > 3")'
    )

    assert help_of("index-blocks-writes", call).endswith(
        'op.create_index("ix", "group", [sa.text("lower(c)"), "user"], postgresql_using="gin", '
        'postgresql_where=sa.text("c > 3"), postgresql_concurrently=True)'
    )


def test_an_index_keeps_the_order_the_classes_and_the_columns_beside_its_keys() -> None:
    call = (
        'op.create_index("ix", "group", [sa.text("c DESC"), "user"], postgresql_ops={"user": "int4_ops"}, '
        'postgresql_include=["Id"])'
    )

    assert help_of("index-blocks-writes", call).endswith(
        'op.create_index("ix", "group", [sa.text("c DESC"), "user"], postgresql_include=["Id"], '
        'postgresql_ops={"user": "int4_ops"}, postgresql_concurrently=True)'
    )


def test_a_key_of_a_new_column_is_taken_out_of_the_column() -> None:
    call = (
        'op.add_column("group", sa.Column("p", sa.Integer(), sa.ForeignKey("p.id", name="fk", initially="DEFERRED")))'
    )

    assert help_of("foreign-key-blocks", call).startswith(
        'Without the ForeignKey in the column; op.create_foreign_key("fk", "group", "p", ["p"], ["id"], '
        'deferrable=True, initially="DEFERRED", postgresql_not_valid=True); then, '
    )


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("unique-blocks", 'op.create_unique_constraint("uq", "t", ["a", "b"])'),
        ("primary-key-blocks", 'op.create_primary_key("uq", "t", ["a", "b"])'),
    ],
)
def test_the_index_of_a_key_that_is_replaced_is_built_under_another_name(rule: str, call: str) -> None:
    columns = 'sa.Column("a", sa.Integer(), nullable=False), sa.Column("b", sa.Integer(), nullable=False)'
    given = f'def upgrade():\n    op.create_table("t", {columns}, sa.UniqueConstraint("a", name="uq"))\n'
    upgrade = f'def upgrade():\n    op.drop_constraint("uq", "t", type_="unique")\n    {call}\n'

    (found,) = check(RULES[rule], given, upgrade)

    assert 'op.create_index("uq_new", "t", ["a", "b"], unique=True' in (found.help or "")
    assert "ADD CONSTRAINT uq " in (found.help or "")
    assert "USING INDEX uq_new" in (found.help or "")


def test_the_index_of_a_key_that_only_the_upgrade_speaks_of_gets_another_name_too() -> None:
    upgrade = """
def upgrade():
    op.execute("ALTER TABLE old DROP CONSTRAINT IF EXISTS uq")
    op.create_unique_constraint("uq", "old", ["a"])
"""

    (found,) = check(RULES["unique-blocks"], upgrade)

    assert "USING INDEX uq_new" in (found.help or "")


def test_a_new_column_that_is_not_null_may_be_null_until_it_is_filled() -> None:
    call = (
        'op.add_column("group", sa.Column("u", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False))'
    )

    assert help_of("table-rewritten", call).startswith("Add it without the default and with nullable=True, then ")


def test_a_time_gets_its_zone_in_the_catalogue_alone_where_it_is_utc() -> None:
    given = 'def upgrade():\n    op.create_table("t", sa.Column("at", sa.DateTime()))\n'
    to = """type_=sa.DateTime(timezone=True), postgresql_using="at AT TIME ZONE '%s'\""""

    helps = [
        check(RULES["table-rewritten"], given, f'def upgrade():\n    op.alter_column("t", "at", {to % zone})\n')[0].help
        for zone in ("UTC", "Europe/Paris")
    ]

    assert helps[0] is not None and "SET LOCAL timezone = 'UTC'" in helps[0]
    assert helps[1] is not None and "timezone" not in helps[1]


def test_a_unique_column_gets_its_index_later_under_the_name_it_would_have_had() -> None:
    call = 'op.add_column("group", sa.Column("slug", sa.Text(), unique=True))'

    assert help_of("index-blocks-writes", call).endswith(
        'op.create_index("group_slug_key", "group", ["slug"], unique=True, postgresql_concurrently=True)'
    )


@pytest.mark.parametrize(
    ("sql", "help_"),
    [
        ("UPDATE `a` SET b = 1", MYSQL),
        ("PRAGMA foreign_keys=OFF", SQLITE),
        ("UPDATE a INNER JOIN b ON a.x = b.x SET a.y = b.y", MYSQL),
        ("ALTER TABLE a MODIFY b varchar(36)", MYSQL),
        ("ALTER TABLE a DROP PRIMARY KEY, ADD PRIMARY KEY (b)", MYSQL),
        ("ALTER TABLE a CONVERT TO CHARACTER SET utf8mb4", MYSQL),
        ("ALTER TABLE a ADD UNIQUE KEY uq (b)", MYSQL),
        ("CREATE TABLE a (b int AUTO_INCREMENT)", MYSQL),
        ("INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE b = 1", MYSQL),
        ("DROP INDEX ix ON a", MYSQL),
        ("INSERT OR IGNORE INTO a VALUES (1)", SQLITE),
        ("CREATE TABLE a (b INTEGER PRIMARY KEY AUTOINCREMENT)", SQLITE),
        ("UPDATE User SET b = 1", 'Write "user" with the quotes, since it is a keyword.'),
        ("DELETE a FROM a JOIN b", "Mend it; dialect in the settings says what SQL is read for."),
        ("DELETE FROM a INNER b", "Mend it; dialect in the settings says what SQL is read for."),
        ("UPDAT a SET b = 1", "Mend it; dialect in the settings says what SQL is read for."),
    ],
)
def test_sql_of_another_database_is_known_by_its_marks(sql: str, help_: str) -> None:
    assert help_of("sql-syntax-error", f"op.execute({sql!r})") == help_


def test_a_label_needs_no_new_type() -> None:
    given = 'def upgrade():\n    op.create_table("t", sa.Column("s", sa.Enum("a", name="s")))\n'
    upgrade = """
def upgrade():
    op.execute("CREATE TYPE s_new AS ENUM ('a', 'b')")
    op.execute("ALTER TABLE t ALTER COLUMN s TYPE s_new USING s::text::s_new")
"""

    (found,) = check(RULES["table-rewritten"], given, upgrade)

    assert (found.help or "").startswith("To add a label, ALTER TYPE … ADD VALUE touches no row")


def helps_of(rule: str, *revisions: str) -> list[str | None]:
    return [found.help for found in check(RULES[rule], GIVEN, *revisions)]


@pytest.mark.parametrize(
    ("call", "help_"),
    [
        ('op.alter_column("group", "c", default="x")', "Write server_default=."),
        ('op.alter_column("group", "c", default="x", server_default="x")', "Remove default=."),
        ('op.alter_column("group", "c", default=None, server_default=None)', "Remove default=."),
        ('op.alter_column("group", "c", type_=sa.Text(), using="c")', "Write postgresql_using=."),
        ('op.alter_column("group", "c", type_=sa.Text(), using="c", postgresql_using="c")', "Remove using=."),
        ('op.alter_column("group", "c", onupdate="x")', "Remove onupdate=."),
    ],
)
def test_what_an_ignored_argument_means_is_not_written_twice(call: str, help_: str) -> None:
    assert help_of("ignored-argument", call) == help_


def test_a_foreign_key_refers_to_what_its_table_is_called() -> None:
    key = 'op.create_foreign_key("fk", "pet", "group", ["user"], ["Id"])'

    renamed, dropped, later = helps_of(
        "foreign-key-before-table",
        f"""
        def upgrade():
            op.create_table("pet", sa.Column("user", sa.Integer()))
            op.create_table("cat", sa.Column("Id", sa.Integer(), primary_key=True))
            op.rename_table("group", "Group")
            {key}
            op.drop_table("cat")
            op.create_foreign_key("fk_cat", "pet", "cat", ["user"], ["Id"])
            op.create_foreign_key("fk_dog", "pet", "dog", ["user"], ["Id"])
            op.create_table("dog", sa.Column("Id", sa.Integer(), primary_key=True))
        """,
    )

    assert renamed == 'Refer to "Group".'
    assert dropped == 'Leave the foreign key out, or make "cat" before it.'
    assert later is not None
    assert later.startswith('Make "dog" first')


def test_an_enum_type_is_dropped_in_the_way_it_was_made() -> None:
    made = """
        def upgrade():
            op.create_table("pet", sa.Column("a", sa.Enum("x", name="e1", schema="s")))
            op.execute("CREATE TYPE e2 AS ENUM ('x')")

        def downgrade():
            op.drop_table("pet")
        """

    assert helps_of("enum-left-behind", made) == [
        'End downgrade() with sa.Enum(name="e1", schema="s").drop(op.get_bind(), checkfirst=True).',
        "End downgrade() with op.execute('DROP TYPE e2').",
    ]


def test_a_type_cannot_be_dropped_before_the_column_that_has_it() -> None:
    made = """
        def upgrade():
            op.create_table("pet", sa.Column("a", sa.Enum("x", name="e1")))

        def downgrade():
            pass
        """

    assert helps_of("enum-left-behind", made) == [
        'End downgrade() with the drop of "pet.a", and then sa.Enum(name="e1").drop(op.get_bind(), checkfirst=True).'
    ]


def test_an_enum_gets_a_name_and_a_type_of_that_name() -> None:
    unnamed = """
        def upgrade():
            op.execute("CREATE TYPE mood AS ENUM ('sad')")
            op.create_table("pet", sa.Column("a", sa.Enum("x", "y")), sa.Column("b", sa.Enum("mood")))
            op.alter_column("group", "c", type_=sa.Enum("x", "y"))
        """

    assert helps_of("enum-unnamed", unnamed) == [
        'Add name="pet_a".',
        '"mood" is taken for a label: write name="mood".',
        'Add name="group_c", and make the type before: sa.Enum("x", "y", name="group_c").create(op.get_bind()).',
    ]


ADDED = 'with op.get_context().autocommit_block(): op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS '


def test_all_labels_are_added_each_in_its_place() -> None:
    made = """
        def upgrade():
            op.create_table("pet", sa.Column("a", sa.Enum("sad", "ok", name="mood")))
        """
    rewritten = """
        def upgrade():
            op.execute("ALTER TYPE mood RENAME TO mood_old")
            op.execute("CREATE TYPE mood AS ENUM ('sad', 'low', 'it''s', 'ok', 'glad')")
            op.execute("ALTER TABLE pet ALTER COLUMN a TYPE mood USING a::text::mood")
            op.execute("DROP TYPE mood_old")
        """
    ignored = """
        def upgrade():
            op.alter_column("pet", "a", type_=sa.Enum("sad", "ok", "glad", name="mood"))
        """

    assert helps_of("enum-rewritten", made, rewritten) == [
        f"Write {ADDED}'low' BEFORE 'ok'\"), and the same for 'it''s' BEFORE 'ok', 'glad'."
    ]
    assert helps_of("enum-labels-ignored", made, ignored) == [f"Write {ADDED}'glad'\")."]


def test_a_type_of_another_database_has_a_name_on_each() -> None:
    made = """
        def upgrade():
            op.create_table("pet", sa.Column("a", sa.DATETIME()), sa.Column("b", sa.BLOB()))
            op.execute("CREATE TABLE cat (a datetime)")
        """

    assert helps_of("refused-operation", made) == [
        "Write sa.DateTime(): datetime is what another database calls it.",
        "Write sa.LargeBinary(): blob is what another database calls it.",
        "Write timestamp.",
    ]


@pytest.mark.parametrize(
    ("keys", "sql", "batch"),
    [
        ("", "UPDATE t SET b = 1", "… WHERE id IN (SELECT id … WHERE it is not done LIMIT 5000), until rowcount is 0."),
        ('"a"', "DELETE FROM t", "… WHERE a IN (SELECT a … LIMIT 5000), until rowcount is 0."),
        ('"a", "B"', "DELETE FROM t", '… WHERE (a, "B") IN (SELECT a, "B" … LIMIT 5000), until rowcount is 0.'),
    ],
)
def test_a_batch_goes_by_the_primary_key_and_leaves_out_what_is_done(keys: str, sql: str, batch: str) -> None:
    given = f"""
    def upgrade():
        op.create_table("t", sa.Column("a", sa.Text()), sa.Column("B", sa.Text()), sa.PrimaryKeyConstraint({keys}))
    """

    (found,) = check(RULES["unbatched-backfill"], given, f"def upgrade():\n    op.execute('{sql}')\n")

    assert found.help == f"In batches, in an autocommit_block() of a revision of its own: {batch}"


@pytest.mark.parametrize(
    ("call", "type_"),
    [
        ('op.add_column("group", sa.Column("d", sa.CHAR(32)))', "sa.String(32)"),
        ('op.execute("ALTER TABLE t ALTER COLUMN d TYPE char(3)")', "varchar(3)"),
    ],
)
def test_a_column_keeps_its_length(call: str, type_: str) -> None:
    assert help_of("char-column", call) == type_


def test_what_else_has_an_id_is_told_with_the_new_one() -> None:
    made_up = 'revision = "a1b2c3d4e5f6"\ndown_revision = None\n'
    child = 'revision = "93ab60d1c57e"\ndown_revision = "a1b2c3d4e5f6"\n'

    [(_, alone)] = check_all(RULES["patterned-revision-id"], made_up)
    [(_, referred)] = check_all(RULES["patterned-revision-id"], made_up, child)

    assert alone.help is not None
    assert alone.help.startswith('Where no database has it yet: revision = "')
    assert referred.help == f'{alone.help}, also where "93ab60d1c57e" has the old one'


@pytest.mark.parametrize(
    ("comment", "help_"),
    [
        (
            "# ### commands auto generated by Alembic - please adjust! ###",
            "Let autogenerate write it again with the models imported, or say in a comment why it is empty.",
        ),
        ("", "Say in a comment why it is empty."),
    ],
)
def test_models_are_spoken_of_where_autogenerate_wrote_the_file(comment: str, help_: str) -> None:
    (found,) = check(RULES["empty-revision"], GIVEN, f"def upgrade():\n    {comment}\n    pass\n")

    assert found.help == help_


def test_what_is_not_there_is_looked_for_under_a_name_nearly_the_same() -> None:
    made = """
        def upgrade():
            op.create_table("member", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
            op.create_table("membership", sa.Column("id", sa.Integer()))
        """
    mistaken = """
        def upgrade():
            op.execute("ALTER INDEX membr_pkey RENAME TO m")
            op.execute("ALTER INDEX ix_something RENAME TO n")
            op.rename_table("membership", "memberships")
            op.drop_table("membership")
            op.drop_constraint("PRIMARY", "member", type_="primary")
        """

    assert helps_of("unknown-column", made, mistaken) == [
        "There is member_pkey.",
        None,
        "There is memberships.",
        "There is member_pkey; PRIMARY is what MySQL calls every primary key.",
    ]


def test_an_enum_type_that_was_renamed_gets_its_name_back() -> None:
    made = """
        def upgrade():
            op.create_table("pet", sa.Column("a", sa.Enum("x", name="kind")), sa.Column("b", sa.Enum("x", name="mood")))
        """
    renamed = """
        def upgrade():
            op.execute("ALTER TYPE mood RENAME TO feeling")

        def downgrade():
            op.execute("SELECT 1")
        """

    assert helps_of("enum-left-behind", made, renamed) == [
        'End downgrade() with op.execute("ALTER TYPE feeling RENAME TO mood").'
    ]
