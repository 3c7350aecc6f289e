"""Lists, sets and dicts that are filled on conditions: nothing that goes through them may be lost."""

from __future__ import annotations

import pytest

from alembic_review.operations import Condition, DropColumn, Operation, Raise, Unread, Update
from tests.parsing.reading import upgraded


def _dropped(operations: list[Operation]) -> list[tuple[str, list[tuple[str, str | None, bool]]]]:
    return [(o.column, [_told(c) for c in o.conditions]) for o in operations if isinstance(o, DropColumn)]


def _told(condition: Condition) -> tuple[str, str | None, bool]:
    return condition.question, condition.name, condition.expected


@pytest.mark.parametrize(
    "fill",
    [
        "found = {}\nfor row in rows:\n    found[row.id] = row.name",
        "found = []\nfor row in rows:\n    found.append(row.id)",
        "found = []\nfor row in rows:\n    found += [row.id]",
        "found = set()\nfor row in rows:\n    found.add(row.id)",
        "found = set()\nfound.update(row.id for row in rows)",
        "found = {}\nfound.update({row.id: 1 for row in rows})",
        "from collections import defaultdict\nfound = defaultdict(list)\nfor row in rows:\n    found[row.id].append(1)",
        "found = {}\nfor row in rows:\n    found.setdefault(row.id, []).append(1)",
        "found = dict(rows)",
        "found = list(row.id for row in rows)",
        "found = []\nwhile rows.next():\n    found.insert(0, rows.id)",
    ],
)
def test_what_is_gathered_from_rows_is_gone_through(fill: str) -> None:
    operations = upgraded(
        "conn = op.get_bind()\nrows = conn.execute(sa.text('SELECT id, name FROM t'))\n"
        f"{fill}\nfor one in found:\n    op.execute('UPDATE t SET x = 1')\n"
    )

    updates = [o for o in operations if isinstance(o, Update)]

    assert len(updates) == 1
    assert updates[0].conditions


def test_what_is_gathered_from_rows_is_not_taken_for_empty_nor_for_full() -> None:
    operations = upgraded(
        "rows = op.get_bind().execute(sa.text('SELECT id FROM t'))\nbad = []\n"
        "for row in rows:\n    bad.append(row.id)\n"
        "if bad:\n    raise ValueError('bad rows')\n"
        "if not bad:\n    op.drop_column('t', 'a')\n"
        "op.drop_column('t', 'b')"
    )

    raises = [o for o in operations if isinstance(o, Raise)]

    assert [c.question for c in raises[0].conditions] == ["unknown"]
    assert [column for column, _ in _dropped(operations)] == ["a", "b"]


def test_names_that_are_gathered_on_conditions_keep_what_they_hang_on() -> None:
    operations = upgraded(
        "there = {c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')}\ngone = []\n"
        "for name in ('a', 'b'):\n    if name in there:\n        gone.append(name)\n"
        "for name in sorted(gone):\n    op.drop_column('t', name)"
    )

    assert _dropped(operations) == [("a", [("column", "a", True)]), ("b", [("column", "b", True)])]


@pytest.mark.parametrize(
    "gone",
    [
        "[name for name in ('a', 'b') if name in there]",
        "set(['a', 'b']) & there",
        "{'a', 'b'}.intersection(there)",
        "list({name: 1 for name in ('a', 'b') if name in there}.keys())",
        "[name for name in [one for one in ('a', 'b') if one in there]]",
    ],
)
def test_a_comprehension_with_a_question_to_the_database_keeps_its_names(gone: str) -> None:
    operations = upgraded(
        "there = {c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')}\n"
        f"for name in {gone}:\n    op.drop_column('t', name)"
    )

    assert _dropped(operations) == [("a", [("column", "a", True)]), ("b", [("column", "b", True)])]


def test_missing_names_are_those_that_the_database_does_not_list() -> None:
    operations = upgraded(
        "there = {c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')}\n"
        "for name in {'a', 'b'} - there:\n    op.drop_column('t', name)"
    )

    assert _dropped(operations) == [("a", [("column", "a", False)]), ("b", [("column", "b", False)])]


def test_what_is_asked_of_a_gathered_list_is_what_its_items_hang_on() -> None:
    operations = upgraded(
        "there = {c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')}\n"
        "gone = [name for name in ('a', 'b') if name in there]\n"
        "if 'a' in gone:\n    op.drop_column('t', 'a')\n"
        "if len(gone) > 0:\n    op.drop_column('t', 'c')\n"
        "if 'x' in gone:\n    op.drop_column('t', 'x')"
    )

    assert _dropped(operations) == [("a", [("column", "a", True)]), ("c", [("any", None, True)])]


def test_what_is_added_where_the_list_is_made_is_always_there() -> None:
    operations = upgraded(
        "if not sa.inspect(op.get_bind()).has_table('t'):\n    return\n"
        "names = ['a']\nnames.append('b')\nif 'c' not in names:\n    names += ['c']\n"
        "for name in names:\n    op.drop_column('t', name)"
    )

    assert [column for column, conditions in _dropped(operations)] == ["a", "b", "c"]
    assert all(len(conditions) == 1 for _column, conditions in _dropped(operations))


def test_what_may_have_been_taken_out_is_there_on_a_condition() -> None:
    operations = upgraded(
        "names = ['a', 'b']\nif sa.inspect(op.get_bind()).has_table('x'):\n    names.remove('b')\n"
        "for name in names:\n    op.drop_column('t', name)"
    )

    assert [(column, [q for q, _, _ in conditions]) for column, conditions in _dropped(operations)] == [
        ("a", ["unknown"]),
        ("b", ["unknown"]),
    ]


def test_what_is_taken_out_for_certain_is_gone() -> None:
    operations = upgraded(
        "names = ['a', 'b', 'c']\nnames.remove('b')\nnames.sort(reverse=True)\n"
        "for name in names:\n    op.drop_column('t', name)"
    )

    assert [column for column, _ in _dropped(operations)] == ["c", "a"]


def test_what_one_round_of_an_unknown_loop_leaves_is_not_taken_for_the_first_rounds() -> None:
    operations = upgraded(
        "rows = op.get_bind().execute(sa.text('SELECT id FROM t'))\nlast = None\n"
        "for row in rows:\n    if last is not None:\n        op.drop_column('t', 'a')\n    last = row"
    )

    assert [column for column, _ in _dropped(operations)] == ["a"]


@pytest.mark.parametrize(
    "look",
    [
        "for c in columns:\n        if c['name'] == name:\n            return True\n    return False",
        "for c in columns:\n        if c.get('name') == name:\n            return True\n    return False",
        "if name not in [c['name'] for c in columns]:\n        return False\n    return True",
    ],
)
def test_a_helper_that_looks_by_a_loop_is_a_question(look: str) -> None:
    operations = upgraded(
        "if has('a'):\n    op.drop_column('t', 'a')",
        head=f"def has(name):\n    columns = sa.inspect(op.get_bind()).get_columns('t')\n    {look}\n",
    )

    assert _dropped(operations) == [("a", [("column", "a", True)])]


def test_a_recursion_over_rows_ends_and_loses_nothing() -> None:
    operations = upgraded(
        "rows = op.get_bind().execute(sa.text('SELECT id FROM t')).fetchall()\nwalk(rows)\nop.drop_column('t', 'a')",
        head="def walk(rows):\n    for row in rows:\n        op.execute('UPDATE t SET x=1')\n        walk(row.kids)\n",
    )

    assert any(isinstance(o, Update) for o in operations)
    assert not any(isinstance(o, Unread) for o in operations)
    assert _dropped(operations) == [("a", [])]


def test_a_list_that_doubles_is_told_as_more_than_is_followed() -> None:
    operations = upgraded("x = ['a']\nfor i in range(60):\n    x.extend(x)\nop.drop_column('t', 'a')")

    assert any(isinstance(o, Unread) and "more is done" in o.why for o in operations)


def test_a_helper_that_returns_or_raises_does_not_end_the_revision() -> None:
    operations = upgraded(
        "for row in op.get_bind().execute(sa.text('SELECT id FROM t')):\n    find(row)\n    op.drop_column('t', 'a')",
        head=(
            "def find(row):\n    for one in (1, 2):\n        if one == row.id:\n            return one\n"
            "    raise ValueError('none')\n"
        ),
    )

    assert [column for column, _ in _dropped(operations)] == ["a"]
    assert any(isinstance(o, Raise) for o in operations)


@pytest.mark.parametrize(
    ("test", "question"),
    [
        ("found.get('i') is not None", ("index", "i", True)),
        ("not found.get('i')", ("index", "i", False)),
        ("'i' in found.keys()", ("index", "i", True)),
        ("found.keys() & {'i'}", ("unknown", None, True)),
        ("set(found).issuperset({'i', 'j'})", ("all", None, True)),
        ("set(found).isdisjoint({'i', 'j'})", ("any", None, False)),
        ("set(found).intersection(['i', 'j'])", ("any", None, True)),
    ],
)
def test_what_an_inspector_lists_is_asked_as_a_dict_and_as_a_set(test: str, question: tuple[str, str, bool]) -> None:
    operations = upgraded(
        "found = {i['name']: i for i in sa.inspect(op.get_bind()).get_indexes('t')}\n"
        f"if {test}:\n    op.drop_column('t', 'a')"
    )

    assert _dropped(operations) == [("a", [question])]


def test_what_a_function_that_is_not_followed_gives_may_be_none() -> None:
    operations = upgraded(
        "from outside import lookup\nif lookup('t') is None:\n    op.drop_column('t', 'a')\n"
        "if op.f('x') is None:\n    op.drop_column('t', 'b')"
    )

    assert next(column for column, _ in _dropped(operations)) == "a"


@pytest.mark.parametrize(
    "statement",
    [
        "'UPDATE t SET a = 1 WHERE b = 2' if x() else 'UPDATE t SET a = 1 WHERE c IS NULL'",
        "'UPDATE t SET a = 1' + (' WHERE b = 2' if x() else '')",
        'f\'UPDATE t SET a = 1 WHERE {"b = 2" if x() else "c = 3"}\'',
    ],
)
def test_two_texts_have_in_common_how_they_begin(statement: str) -> None:
    operations = upgraded(f"from outside import x\nop.execute({statement})")

    updates = [o for o in operations if isinstance(o, Update)]

    assert [(o.table.name, o.columns) for o in updates] == [("t", ("a",))]


def test_two_statements_have_in_common_where_they_go_on_from() -> None:
    operations = upgraded(
        "from outside import x\nt = sa.table('t', sa.column('a'))\nstatement = t.update().values(a=1)\n"
        "if x():\n    statement = statement.where(t.c.a == 2)\nelse:\n    statement = statement.where(t.c.a > 2)\n"
        "op.execute(statement)"
    )

    assert [(o.table.name, o.columns) for o in operations if isinstance(o, Update)] == [("t", ("a",))]


@pytest.mark.parametrize(
    ("loop", "hangs"),
    [
        ("for c in columns:\n    if c['name'] == 'a':\n        break\nelse:", True),
        ("for c in columns:\n    print(c)\nelse:", False),
        ("for c in [x for x in ('a', 'b') if x in columns]:\n    break\nelse:", True),
    ],
)
def test_what_is_done_when_a_loop_was_not_broken_off_is_not_lost(loop: str, hangs: bool) -> None:
    operations = upgraded(f"columns = sa.inspect(op.get_bind()).get_columns('t')\n{loop}\n    op.drop_column('t', 'z')")

    assert [(column, bool(conditions)) for column, conditions in _dropped(operations)] == [("z", hangs)]


@pytest.mark.parametrize(
    ("loop", "question"),
    [
        ("for c in columns:\n    if c['name'] == 'z':\n        return", ("column", "z", False)),
        ("for c in ('y', 'z'):\n    if c in {one['name'] for one in columns}:\n        return", ("column", "y", False)),
        ("for row in op.get_bind().execute(sa.text('SELECT 1')):\n    return", ("unknown", None, False)),
    ],
)
def test_what_follows_a_loop_that_may_return_hangs_on_its_not_returning(
    loop: str, question: tuple[str, str | None, bool]
) -> None:
    operations = upgraded(f"columns = sa.inspect(op.get_bind()).get_columns('t')\n{loop}\nop.drop_column('t', 'a')")

    assert [conditions[0] for _column, conditions in _dropped(operations)] == [question]


def test_a_long_loop_that_may_return_is_one_condition_for_what_follows() -> None:
    operations = upgraded(
        "from outside import x\nfor i in range(5000):\n    if x(i):\n        return\nop.drop_column('t', 'a')"
    )

    assert [len(conditions) <= 31 for _column, conditions in _dropped(operations)] == [True]
