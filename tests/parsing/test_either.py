"""What is done with a name that is one of a few values, and nobody can tell which."""

from __future__ import annotations

import pytest

from alembic_review.operations import AddColumn, DropColumn, DropTable, Operation, Unread
from tests.parsing.reading import upgraded

HEAD = "import os\nasked, or_else = os.environ.get('ASKED'), os.environ.get('OR_ELSE')\n"


def done(body: str) -> list[tuple[str, tuple[bool, ...]]]:
    """The tables that are dropped, each with whether its conditions have to hold."""
    operations = upgraded(body, head=HEAD)
    assert all(isinstance(one, DropTable) for one in operations)
    return [
        (str(one.table), tuple(condition.expected for condition in one.conditions))
        for one in operations
        if isinstance(one, DropTable)
    ]


@pytest.mark.parametrize(
    "body",
    [
        "if asked:\n    name = 'a'\nelse:\n    name = 'b'\nop.drop_table(name)",
        "name = 'b'\nif asked:\n    name = 'a'\nop.drop_table(name)",
        "name = 'a' if asked else 'b'\nop.execute(f'DROP TABLE {name}')",
        "name = 'a' if asked else 'b'\nsql = 'DROP TABLE ' + name\nop.execute(sa.text(sql))",
        "name = 'a' if asked else 'b'\nfor drop in (op.drop_table,):\n    drop(name)",
        "names = ['a'] if asked else ['b']\nfor name in names:\n    op.drop_table(name)",
        "def drop(name):\n    op.drop_table(name)\ndrop('a' if asked else 'b')",
        "name = 'a' if asked else 'b'\ndef drop():\n    op.drop_table(name)\ndrop()",
        "def named():\n    if asked:\n        return 'a'\n    return 'b'\nname = named()\nop.drop_table(name)",
        "name = 'a' if asked else None\nif name:\n    op.drop_table(name)\nelse:\n    op.drop_table('b')",
    ],
)
def test_each_operation_is_read_once_for_each_value_of_a_name(body: str) -> None:
    assert done(body) == [("a", (True,)), ("b", (False,))]


def test_a_name_of_the_module_is_taken_for_one_value_at_a_time() -> None:
    head = f"{HEAD}NAME = 'a' if asked else 'b'\n"

    operations = upgraded("op.drop_table(NAME)\nop.execute(f'DROP TABLE {NAME}_old')", head=head)

    assert [one.table.name for one in operations if isinstance(one, DropTable)] == ["a", "b", "a_old", "b_old"]
    assert len({condition.id for one in operations for condition in one.conditions}) == 1


def test_names_that_hang_on_one_question_are_told_together() -> None:
    operations = upgraded(
        """
        if asked:
            table, column = "a", "x"
        else:
            table, column = "b", "y"
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
        """,
        head=HEAD,
    )

    assert [(one.table.name, one.column) for one in operations if isinstance(one, DropColumn)] == [
        ("a", "x"),
        ("b", "y"),
    ]


def test_of_several_branches_each_has_its_value() -> None:
    body = """
        if asked:
            name = "a"
        elif or_else:
            name = "b"
        else:
            name = "c"
        op.drop_table(name)
    """

    assert done(body) == [("a", (True,)), ("b", (False, True)), ("c", (False, False))]


def test_what_is_known_by_the_database_stays_a_question_to_it() -> None:
    operations = upgraded(
        """
        found = False
        if sa.inspect(op.get_bind()).has_table("t"):
            found = True
        if found:
            op.drop_table("t")
        """
    )

    [condition] = operations[0].conditions
    assert (condition.question, str(condition.table), condition.expected) == ("table", "t", True)


def test_a_detail_that_is_one_or_another_leaves_the_operation_as_it_is() -> None:
    operations = upgraded(
        """
        default = "1" if asked else "2"
        op.add_column("t", sa.Column("c", sa.Text(), server_default=default))
        """,
        head=HEAD,
    )

    [added] = operations
    assert isinstance(added, AddColumn)
    assert added.conditions == ()


def test_an_operation_on_what_is_not_known_at_all_is_not_told_twice() -> None:
    operations = upgraded(
        """
        value = "1" if asked else "2"
        op.execute(f"UPDATE {os.environ['TABLE']} SET a = '{value}'")
        """,
        head=HEAD,
    )

    assert [one.conditions for one in operations] == [()]


def test_one_of_many_values_is_not_known() -> None:
    choices = "\n".join(f"if os.environ.get('{letter}'):\n    name += '{letter}'" for letter in "abcdefghijklmnopqrst")

    operations = upgraded(f"name = 't'\n{choices}\nop.drop_table(name)\nop.drop_table('last')", head=HEAD)

    assert [one.table.name for one in operations if isinstance(one, DropTable)][-1] == "last"
    assert not any(isinstance(one, Unread) for one in operations)
    assert len(operations) < 10


def test_what_could_be_read_before_is_not_given_up_for_both_values() -> None:
    operations: list[Operation] = upgraded(
        """
        name = "a" if asked else "b"
        for number in range(15_000):
            text = name + "_old"
        op.drop_table("last")
        """,
        head=HEAD,
    )

    assert [one.table.name for one in operations if isinstance(one, DropTable)] == ["last"]
