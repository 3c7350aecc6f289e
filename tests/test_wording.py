"""What findings say in full: names that are certain and no others, and helps that work in the file they are told of."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alembic_review.registry import load_rules
from alembic_review.rule import Finding
from alembic_review.testing import check

RULES = {rule.name: rule for rule in load_rules()}


def found(rule: str, *revisions: str) -> list[Finding]:
    return list(check(RULES[rule], *revisions))


def revision(upgrade: Sequence[str], downgrade: Sequence[str] = ("pass",)) -> str:
    """A revision that does these calls."""
    up, down = ("\n    ".join(calls) for calls in (upgrade, downgrade))
    return f"def upgrade():\n    {up}\n\ndef downgrade():\n    {down}\n"


UNIQUE = revision(
    ['op.create_table("a", sa.Column("x", sa.Integer(), unique=True), sa.Column("y", sa.Integer(), unique=True))']
)


def test_a_constraint_of_another_revision_is_not_offered_to_a_downgrade() -> None:
    (finding,) = found(
        "unnamed-constraint",
        UNIQUE,
        revision(['op.create_check_constraint("positive", "a", "y > 0")'], ['op.drop_constraint(None, "a")']),
    )

    assert finding.message == 'drops a constraint of "a" without a name, which Alembic refuses'
    assert finding.help is not None and finding.help.startswith("Leave this line out")


def test_of_two_constraints_none_is_offered_for_one_that_is_dropped() -> None:
    (finding,) = found("unnamed-constraint", UNIQUE, revision(['op.drop_constraint(None, "a", type_="unique")']))

    assert finding.message == 'drops a constraint of "a" without a name, which Alembic refuses'
    assert finding.help == 'Name it here and where it is made: "…".'


THREE = revision([f'op.create_table("{name}", sa.Column("x", sa.Integer()))' for name in "abc"])


def test_a_view_of_a_renamed_table_needs_the_names_that_code_knows() -> None:
    one, other, replaced = found(
        "renamed-table",
        THREE,
        revision(
            [
                'op.rename_table("a", "aa")',
                'op.alter_column("aa", "x", new_column_name="y")',
                'op.rename_table("b", "bb")',
                'op.add_column("bb", sa.Column("y", sa.Integer()))',
                'op.alter_column("bb", "y", new_column_name="z")',
                'op.rename_table("c", "cc")',
                'op.create_table("c", sa.Column("x", sa.Integer()))',
            ]
        ),
    )

    assert one.help == (
        'Leave a view called "a" behind, with the old names of its columns, until no running code asks for it any more.'
    )
    assert other.help == 'Leave a view called "b" behind, until no running code asks for it any more.'
    assert replaced.help == (
        'Give the new table a name of its own, and leave a view called "c" behind, '
        "until no running code asks for it any more."
    )


@pytest.mark.parametrize(
    ("call", "help_"),
    [
        (
            'op.drop_table("kombu_queue")',
            'Delete this line, and leave "kombu_queue" out with include_object in env.py.',
        ),
        (
            'op.execute("DROP TABLE IF EXISTS kombu_queue")',
            "Delete this line, or say that the system is gone: # alembic-review: allow[external-table-touched] reason.",
        ),
        (
            'op.execute("DROP SEQUENCE queue_id_sequence")',
            "Delete this line, or say that the system is gone: # alembic-review: allow[external-table-touched] reason.",
        ),
        ('sa.Sequence("queue_id_sequence").create(op.get_bind())', "Delete this line."),
        ('op.create_primary_key("pk", "alembic_version", ["version_num"])', "Delete this line."),
    ],
)
def test_autogenerate_is_not_kept_from_what_it_never_sees(call: str, help_: str) -> None:
    (finding,) = found("external-table-touched", revision([call]))

    assert finding.help == help_


def test_what_a_rename_alone_leaves_to_be_done_is_said() -> None:
    given = revision(
        [
            'op.create_table("a", sa.Column("unique_key", sa.String(80)), sa.Column("note", sa.Text()))',
            'op.create_table("note", sa.Column("a", sa.Integer()), *[sa.Column(n, sa.Text()) for n in "bcdefx"])',
        ]
    )

    (column,) = found(
        "suspected-column-rename",
        given,
        revision(
            [
                'op.add_column("a", sa.Column("key", sa.String(250)))',
                'op.drop_column("a", "unique_key")',
            ]
        ),
    )
    (table,) = found(
        "suspected-table-rename",
        given,
        revision(
            [
                'op.create_table("notes", sa.Column("a", sa.Text()), *[sa.Column(n, sa.Text()) for n in "bcdefy"])',
                'op.drop_table("note")',
            ]
        ),
    )

    assert column.help == (
        'To keep the values, write op.alter_column("a", "unique_key", new_column_name="key", type_=…) instead of both.'
    )
    assert table.help == (
        'To keep the rows, write op.rename_table("note", "notes") instead of both, '
        'and then add "y", drop "x", change the type of "a".'
    )
