"""file-name, held against the names that Alembic itself gives."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from alembic_review.config import Config
from alembic_review.history.folder import load
from alembic_review.history.project import HistoryFolder, Selection, Settings
from alembic_review.history.tree import ProjectTree
from alembic_review.revision import Header, Revision
from alembic_review.rule import Finding
from alembic_review_rules.history.file_name import FileName
from alembic_review_rules.history.templates import Template

TEMPLATES = [
    "%(rev)s_%(slug)s",
    "%(year)d-%(month).2d-%(day).2d_%(slug)s",
    "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d%(second).2d-%(rev)s_%(slug)s",
    "%(year)d/%(month)02d/%(day)s_%(slug)s",
    "%(epoch)d_%(rev)s",
    "%(epoch)s-%(slug)s",
    "v%(month)d.%(day)d_%(hour)d%%_%(slug)s",
    "%(rev)s",
]

IDS = st.text("0123456789abcdef", min_size=1, max_size=12) | st.sampled_from(["0001", "1.2.3", "a_b"])
DATES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.none() | st.just(timezone.utc)).map(
    lambda date: date if date.tzinfo is None else date.astimezone(timezone(timedelta(hours=2)))
)
MESSAGES = st.text(string.ascii_letters + string.digits + " _-.,'é", max_size=70)


def made_by_alembic(template: str, longest: int, identifier: str, message: str, date: datetime) -> Path:
    directory = ScriptDirectory(str(Path(__file__).parent), file_template=template, truncate_slug_length=longest)
    return directory._rev_path("/project/versions", identifier, message, date)


def told(settings: Settings, *revisions: Revision, config: Config | None = None) -> list[Finding]:
    """What is found in a history of these revisions."""
    folder = HistoryFolder(Path("/project"), settings, Path("/project"), (Path("/project/versions"),))
    files = {revision.path: revision for revision in revisions}
    paths = tuple(map(Path, files))
    selection = Selection(folder, paths, paths, ())
    history = load(selection, lambda _path: b"", lambda path, _data: files[path], ProjectTree(selection))
    return list(FileName(config or Config()).check_history(history))


@given(st.sampled_from(TEMPLATES), st.integers(5, 60), IDS, MESSAGES, DATES)
def test_what_alembic_calls_a_file_is_right_and_is_what_another_should_be_called(
    template: str, longest: int, identifier: str, message: str, date: datetime
) -> None:
    path = made_by_alembic(template, longest, identifier, message, date)
    settings = Settings(file_template=template, truncate_slug_length=longest)
    header = Header(message, identifier, (), str(date))

    right = told(settings, Revision(str(path), identifier, header=header))
    named = Template(template, longest).name_of(Revision("x.py", identifier, header=header))

    assert right == []
    if "epoch" in template and date.tzinfo is None:
        assert named is None
    else:
        assert f"/project/versions/{named}.py" == str(path)


DATED = "%(year)d-%(month).2d-%(day).2d_%(rev)s_%(slug)s"
HEADER = Header("Add the nickname", "93ab60d1c57e", (), "2026-03-09 14:05:06.123456")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("addNickname.py", 'the name "addNickname.py" does not follow the file_template %(year)d-'),
        ("2026-3-9_93ab60d1c57e_add.py", "does not follow"),
        ("2026-13-09_93ab60d1c57e_add.py", "does not follow"),
        ("2026-03-09_93ab60d1c57e_addNickname.py", "does not follow"),
        ("2026-03-09_93ab60d1c57e_add-nickname.py", "does not follow"),
        ("2026-03-09_4f1c8e02b7d9_add.py", 'does not have the id "93ab60d1c57e" where the file_template has it'),
        ("2026/2026-03-09_93ab60d1c57e_add.py", "does not follow"),
    ],
)
def test_another_name_is_told_with_the_right_one(name: str, what: str) -> None:
    path = f"/project/versions/{name}"

    (finding,) = told(Settings(file_template=DATED), Revision(path, "93ab60d1c57e", header=HEADER))

    assert what in finding.message
    assert finding.help == "Call it 2026-03-09_93ab60d1c57e_add_the_nickname.py"


@pytest.mark.parametrize("name", ["2026-03-10_93ab60d1c57e_add.py", "2026-03-09_93ab60d1c57e_.py"])
def test_another_date_and_other_words_are_left_alone(name: str) -> None:
    path = f"/project/versions/{name}"

    found = told(Settings(file_template=DATED), Revision(path, "93ab60d1c57e", header=HEADER))

    assert found == []


def test_revisions_before_the_first_that_follows_the_template_are_left_alone() -> None:
    names = {"a1": "a1_members.py", "b1": "2026-03-09_b1_mail.py", "c1": "c1_orders.py", "d1": "2026-03-10_b1_x.py"}
    parents = {"a1": (), "b1": ("a1",), "c1": ("b1",), "d1": ("c1",)}
    revisions = [Revision(f"/project/versions/{name}", key, parents[key]) for key, name in names.items()]

    found = told(Settings(file_template=DATED), *revisions)

    assert [finding.revision for finding in found] == ["c1", "d1"]


@pytest.mark.parametrize(
    "header", [Header(), Header("Add", create_date=None), Header("Add", create_date="some day")], ids=str
)
def test_where_the_docstring_does_not_tell_no_name_is_named(header: Header) -> None:
    path = "/project/versions/add.py"

    (finding,) = told(Settings(file_template=DATED), Revision(path, "93ab60d1c57e", header=header))

    assert finding.help is None


@pytest.mark.parametrize("template", ["%(unknown)s_%(rev)s", "%(rev)s_%(", "%(rev)d"])
def test_a_template_that_alembic_cannot_follow_either_stops_nothing(template: str) -> None:
    path = "/project/versions/add.py"

    found = told(Settings(file_template=template), Revision(path, "93ab60d1c57e", header=HEADER))

    assert [finding.help for finding in found] == [None]


CONFIGURED: Mapping[str, tuple[str, bool]] = {
    r"\d{4}_\w+": ("2026_add.py", True),
    r"\d{3}_\w+": ("2026_add.py", False),
}


@pytest.mark.parametrize(("pattern", "name", "fits"), [(key, *value) for key, value in CONFIGURED.items()])
def test_a_pattern_of_ones_own_takes_the_place_of_the_template(pattern: str, name: str, fits: bool) -> None:
    path = f"/project/versions/{name}"
    config = Config(file_name_pattern=pattern)

    found = told(Settings(file_template=DATED), Revision(path, "93ab60d1c57e", header=HEADER), config=config)

    assert [finding.message for finding in found] == (
        [] if fits else [f'the name "{name}" does not follow the pattern {pattern}']
    )
