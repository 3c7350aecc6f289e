"""What comes after a revision, and what a database at that revision has."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_review.config import Config, ConfigError
from alembic_review.diagnostics import Report
from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.registry import load_rules
from alembic_review.review import review


def write(folder: Path, *revisions: tuple[str, object], rest: str = "") -> None:
    """A history with these ids and parents, each of whose revisions drops a column."""
    versions = folder / "schema" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (folder / "schema" / "env.py").write_text("from alembic import context\n")
    for name, parent in revisions:
        (versions / f"{name}.py").write_text(
            f'from alembic import op\nrevision = "{name}"\ndown_revision = {parent!r}\n{rest}\n'
            f'def upgrade():\n    op.drop_column("t", "{name}")\n\ndef downgrade():\n    pass\n'
        )


def reviewed(folder: Path, since: str | None, *paths: Path) -> Report:
    found = find_histories(paths or [folder], None, folder).selections
    return review([(one, ProjectTree(one)) for one in found], Config(start_after=since), load_rules())


LINE = (("aaa1", None), ("bbb1", "aaa1"), ("ccc1", "bbb1"), ("ddd1", "ccc1"))


@pytest.mark.parametrize(
    ("since", "judged"),
    [
        (None, ["aaa1", "bbb1", "ccc1", "ddd1"]),
        ("aaa1", ["bbb1", "ccc1", "ddd1"]),
        ("ccc1", ["ddd1"]),
        ("ddd1", []),
        ("cc", ["ddd1"]),
    ],
)
def test_only_what_comes_after_is_judged(tmp_path: Path, since: str | None, judged: list[str]) -> None:
    write(tmp_path, *LINE)

    report = reviewed(tmp_path, since)

    assert sorted(report.judged) == judged
    assert report.revisions == 4
    dropped = [one.revision for one in report.diagnostics if one.rule == "dropped-column"]
    assert sorted(dropped, key=str) == judged


def test_a_branch_that_the_revision_does_not_stand_on_comes_after_it(tmp_path: Path) -> None:
    write(tmp_path, ("a1", None), ("b1", "a1"), ("b2", "a1"), ("m1", ("b1", "b2")), ("c1", "m1"))

    of_a_side = reviewed(tmp_path, "b1")
    of_the_merge = reviewed(tmp_path, "m1")

    assert sorted(of_a_side.judged) == ["b2", "c1", "m1"]
    assert sorted(of_the_merge.judged) == ["c1"]


def test_what_it_depends_on_comes_before_it(tmp_path: Path) -> None:
    write(tmp_path, ("a1", None), ("x1", None))
    write(tmp_path, ("b1", "a1"), rest='depends_on = "x1"')
    write(tmp_path, ("c1", "b1"))

    assert sorted(reviewed(tmp_path, "b1").judged) == ["c1"]


def test_paths_are_kept_to_as_well(tmp_path: Path) -> None:
    write(tmp_path, *LINE)
    versions = tmp_path / "schema" / "versions"

    report = reviewed(tmp_path, "bbb1", versions / "aaa1.py", versions / "ddd1.py")

    assert report.judged == ("ddd1",)


def test_of_several_histories_it_is_about_the_one_that_has_it(tmp_path: Path) -> None:
    write(tmp_path / "one", ("a1", None), ("b1", "a1"))
    write(tmp_path / "two", ("x1", None), ("y1", "x1"))

    report = reviewed(tmp_path, "a1", tmp_path / "one", tmp_path / "two")

    assert sorted(report.judged) == ["b1", "x1", "y1"]


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("ccd1", 'no revision is called "ccd1", so none comes after it (--since, start-after); did you mean "ccc1"?'),
        ("", 'no revision is called ""'),
    ],
)
def test_an_unknown_revision_is_an_error_that_names_the_nearest(tmp_path: Path, since: str, told: str) -> None:
    write(tmp_path, *LINE)

    with pytest.raises(ConfigError) as raised:
        reviewed(tmp_path, since)

    assert told in str(raised.value)


def test_an_id_that_is_cut_short_has_to_be_one_alone(tmp_path: Path) -> None:
    write(tmp_path, ("ab1", None), ("ab2", "ab1"))

    with pytest.raises(ConfigError, match='"ab" may be each of ab1, ab2; write more of it'):
        reviewed(tmp_path, "ab")


def test_env_py_is_no_revision_and_is_judged_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, *LINE)
    (tmp_path / "schema" / "env.py").write_text(
        "from alembic import context\ntarget_metadata = None\n\n"
        "def run():\n    context.configure(target_metadata=target_metadata)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n\nrun()\n"
    )

    report = reviewed(tmp_path, "ddd1")

    assert "no-target-metadata" in {one.rule for one in report.diagnostics}
