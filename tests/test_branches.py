"""What a revision of a branch stands on."""

from __future__ import annotations

from alembic_review.change import Change
from alembic_review.config import Config
from alembic_review.review import changes
from alembic_review.testing import history_of
from alembic_review.types import Name


def _changes(*revisions: tuple[str, str, str]) -> dict[str, Change]:
    """The changes of revisions, each given by its id, the value of its down_revision, and the body of its upgrade."""
    sources = [
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = {name!r}\ndown_revision = {parents}\n\ndef upgrade():\n    {body}\n"
        for name, parents, body in revisions
    ]
    return {change.revision.id: change for change in changes(history_of(sources), Config())}


def _made(table: str) -> str:
    return f'op.create_table("{table}", sa.Column("id", sa.Integer(), primary_key=True))'


def _tables(change: Change) -> set[Name]:
    return set(change.before.tables)


def test_a_revision_stands_on_its_ancestors_and_not_on_the_branch_beside_it() -> None:
    found = _changes(
        ("root", "None", _made("a")),
        ("left", "'root'", _made("b")),
        ("right", "'root'", _made("c")),
        ("later", "'right'", "pass"),
    )

    assert _tables(found["left"]) == _tables(found["right"]) == {Name("a")}
    assert _tables(found["later"]) == {Name("a"), Name("c")}


def test_before_a_merge_all_its_branches_have_run() -> None:
    found = _changes(
        ("root", "None", _made("a")),
        ("left", "'root'", _made("b")),
        ("right", "'root'", _made("c")),
        ("merge", "('left', 'right')", "pass"),
    )

    assert _tables(found["merge"]) == {Name("a"), Name("b"), Name("c")}


def test_roots_of_their_own_share_nothing() -> None:
    found = _changes(("one", "None", _made("a")), ("two", "None", _made("a")))

    assert not [step for change in found.values() for step in change.upgrade if step.refusals]


def test_what_another_branch_renames_is_there_on_this_one() -> None:
    found = _changes(
        ("root", "None", _made("a")),
        ("left", "'root'", 'op.rename_table("a", "b")'),
        ("right", "'root'", 'op.add_column("a", sa.Column("x", sa.Text()))'),
        ("merge", "('left', 'right')", 'op.drop_column("b", "id")'),
    )

    assert not [step for change in found.values() for step in change.upgrade if step.refusals]
