from __future__ import annotations

from pathlib import Path

import pytest

from alembic_review.history.cache import Cache, CacheError, default_folder
from alembic_review.history.stored import CachedReader
from alembic_review.parsing.module import Reader
from alembic_review.revision import Revision, Unreadable
from tests.parsing.reading import PATH, Files

SOURCE = b"""
'''add mail

Revision ID: a
'''
import sqlalchemy as sa
from alembic import op
from helpers import drop
revision = "a"
down_revision = ("x", "y")

def upgrade():
    op.create_table("t", sa.Column("e", sa.Enum("a", "b", name="e")), sa.Column("p", sa.ForeignKey("u.id")))
    op.alter_column("t", "e", server_default=None, nullable=False)
    if sa.inspect(op.get_bind()).has_table("u"):
        op.execute("UPDATE t SET e = 'a'")
    drop("t")

def downgrade():
    raise NotImplementedError
"""


class _Tree(Files):
    """A tree whose files may change, and that counts how often a file is parsed."""

    def __init__(self, helpers: str | None = "from alembic import op\ndef drop(t):\n    op.drop_table(t)\n") -> None:
        super().__init__({} if helpers is None else {"helpers": helpers})

    def digest(self, path: str, base: str) -> str | None:
        text = self.text(path, base)
        return None if text is None else f"hash of {text}"


class _Counted:
    def __init__(self, tree: Files) -> None:
        self.times = 0
        self._read = Reader(tree).read

    def __call__(self, path: str, data: bytes) -> Revision | Unreadable:
        self.times += 1
        return self._read(path, data)


def _read(file: Path, tree: _Tree, data: bytes = SOURCE) -> tuple[Revision | Unreadable, int]:
    counted = _Counted(tree)
    reader = CachedReader(file, tree, counted)
    found = reader(PATH, data)
    reader.save()
    return found, counted.times


def test_a_file_is_parsed_once_and_read_the_same_again(tmp_path: Path) -> None:
    file = tmp_path / "v" / "revisions"
    first, times = _read(file, _Tree())
    again, times_again = _read(file, _Tree())

    assert (times, times_again) == (1, 0)
    assert isinstance(first, Revision)
    assert isinstance(again, Revision)
    assert (again.upgrade, again.downgrade, again.header, again.places, again.imports) == (
        first.upgrade,
        first.downgrade,
        first.header,
        first.places,
        first.imports,
    )


@pytest.mark.parametrize(
    "tree",
    [_Tree("from alembic import op\ndef drop(t):\n    op.rename_table(t, 'u')\n"), _Tree(None)],
    ids=["changed", "gone"],
)
def test_a_helper_that_changed_has_the_revision_read_again(tmp_path: Path, tree: _Tree) -> None:
    file = tmp_path / "v" / "revisions"
    _read(file, _Tree())

    _, times = _read(file, tree)

    assert times == 1


def test_a_helper_that_was_not_there_and_now_is_has_the_revision_read_again(tmp_path: Path) -> None:
    file = tmp_path / "v" / "revisions"
    _read(file, _Tree(None))

    _, times = _read(file, _Tree())

    assert times == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"\x80\x04\x95foreign\n" * 100,
        lambda data: data.replace(b"op", b"OP"),
        lambda data: data.replace(b"\t", b" "),
        lambda data: bytes(reversed(data)),
    ],
)
def test_a_broken_or_foreign_file_is_as_if_it_were_not_there(tmp_path: Path, spoil: object) -> None:
    file = tmp_path / "v" / "revisions"
    first, _ = _read(file, _Tree())
    file.write_bytes(spoil(file.read_bytes()))  # type: ignore[operator]

    again, times = _read(file, _Tree())

    assert times == 1
    assert again == first


def test_what_cannot_be_written_is_read_anew_each_time(tmp_path: Path) -> None:
    (tmp_path / "v").write_text("a file where a folder should be")

    first, _ = _read(tmp_path / "v" / "revisions", _Tree())
    again, times = _read(tmp_path / "v" / "revisions", _Tree())

    assert times == 1
    assert again == first


def test_entries_of_files_that_are_gone_are_dropped(tmp_path: Path) -> None:
    file = tmp_path / "v" / "revisions"
    _read(file, _Tree())
    size = file.stat().st_size

    _read(file, _Tree(), SOURCE.replace(b'"a"\n', b'"b"\n'))

    assert file.stat().st_size < size * 1.5


def test_operations_survive_being_written_down(tmp_path: Path) -> None:
    file = tmp_path / "revisions"

    first, _ = _read(file, _Tree())
    again, times = _read(file, _Tree())

    assert times == 0
    assert isinstance(first, Revision)
    assert first.upgrade
    assert isinstance(again, Revision)
    assert (again.upgrade, again.downgrade) == (first.upgrade, first.downgrade)


def test_clean_removes_a_cache_and_is_content_with_none(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.keep_report("key", {"a": 1})

    assert cache.report("key") == {"a": 1}
    assert (tmp_path / "cache" / "CACHEDIR.TAG").is_file()
    assert cache.clean()
    assert not (tmp_path / "cache").exists()
    assert not cache.clean()


def test_a_cache_of_another_version_is_cleaned_too(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.keep_report("key", 1)
    (version,) = (tmp_path / "cache").glob("*-*")
    version.rename(tmp_path / "cache" / "0.0.9.dev1-2")

    assert cache.clean()
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["letters", "CACHEDIR.TAG.bak", "report-1", "0.1"])
def test_a_folder_that_holds_anything_else_is_no_cache(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")

    with pytest.raises(CacheError, match="name a folder of its own"):
        Cache(tmp_path)


def test_what_is_put_into_a_cache_stays_when_it_is_cleaned(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.keep_report("key", 1)
    (version,) = (tmp_path / "cache").glob("*-*")
    (version / "letters").write_text("x")

    with pytest.raises(OSError, match="not empty"):
        cache.clean()
    assert [file.name for file in version.iterdir()] == ["letters"]


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")

    Cache(tmp_path).keep_report("key", 1)

    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert Cache(tmp_path).report("key") == 1


def test_a_path_that_is_not_utf_8_is_remembered_like_others(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    cache.keep_report("versions/b\udcff.py", 1)

    assert cache.report("versions/b\udcff.py") == 1


def test_only_the_newest_reports_are_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    for number in range(30):
        cache.keep_report(str(number), number)

    assert cache.report("29") == 29
    assert len(list((tmp_path / "cache").rglob("report-*"))) == 20


def test_the_cache_lies_outside_of_the_project() -> None:
    assert Path.cwd() not in default_folder().parents
