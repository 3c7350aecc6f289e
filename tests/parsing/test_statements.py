from __future__ import annotations

import pytest

from alembic_review.operations import Delete, Update
from tests.parsing.reading import upgraded


@pytest.mark.parametrize(
    ("where", "bounded"),
    [
        ("t.c.id == 5", True),
        ("t.c.state == row.state", True),
        ("t.c.state == sa.bindparam('state')", True),
        ("sa.and_(t.c.id == 5, t.c.state != 'new')", True),
        ("(t.c.id == 5) & (t.c.state != 'new')", True),
        ("t.c.id.in_([1, 2])", True),
        ("t.c.id.in_(sa.select(t.c.id).limit(100))", True),
        ("t.c.state == 'new'", False),
        ("t.c.state == None", False),
        ("t.c.state == t.c.id", False),
        ("sa.or_(t.c.id == 5, t.c.state == 'new')", False),
        ("t.c.id.in_(sa.select(t.c.id))", False),
        ("t.c.state == sa.select(t.c.state).offset(5).limit(5).subquery().c.state", True),
        ("sa.select(t.c.id).limit(5).subquery().c.id == t.c.id", True),
        ("t.c.state == sa.select(t.c.state).subquery().c.state", False),
    ],
)
def test_a_where_is_bounded_by_key_list_or_what_is_no_constant(where: str, bounded: bool) -> None:
    [*_, update] = upgraded(
        f"""
        t = sa.table("t", sa.column("id"), sa.column("state"))
        for row in op.get_bind().execute(sa.select(t)):
            op.execute(sa.update(t).where({where}).values(state="old"))
        """
    )

    assert isinstance(update, Update)
    assert (update.where, update.bounded) == (True, bounded)


@pytest.mark.parametrize(("how", "bounded"), [("filter_by(id=5)", True), ("filter_by(state='new')", False)])
def test_a_query_is_bounded_by_key(how: str, bounded: bool) -> None:
    [*_, delete] = upgraded(
        f"""
        t = sa.table("t", sa.column("id"), sa.column("state"))
        sa.orm.Session(op.get_bind()).query(t).{how}.delete()
        """
    )

    assert isinstance(delete, Delete)
    assert (delete.where, delete.bounded) == (True, bounded)


@pytest.mark.parametrize(
    ("how", "fixed"),
    [
        ("filter(t.c.state == 'new', t.c.id != 5)", ("state",)),
        ("filter(sa.and_(t.c.state == 'new', t.c.x == 5))", ("state", "x")),
        ("filter((t.c.state == 'new') | (t.c.x == 5))", ()),
        ("filter(t.c.state == t.c.x, u.c.y == 1)", ()),
        ("filter_by(state='new', x=5)", ("state", "x")),
    ],
)
def test_the_columns_that_a_where_fixes_are_told(how: str, fixed: tuple[str, ...]) -> None:
    [*_, update] = upgraded(
        f"""
        t = sa.table("t", sa.column("id"), sa.column("state"), sa.column("x"))
        u = sa.table("u", sa.column("y"))
        sa.orm.Session(op.get_bind()).query(t).{how}.update({{"state": "old"}})
        """
    )

    assert isinstance(update, Update)
    assert sorted(update.fixed) == sorted(fixed)
