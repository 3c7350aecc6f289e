"""What is told of the packages that are installed is what importlib.metadata tells."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from alembic_review.installed import EntryPoint, entry_points, version_of


@pytest.mark.parametrize("package", ["alembic", "sqlalchemy", "typing-extensions", "mako"])
def test_the_version_of_a_package_is_the_one_that_is_installed(package: str) -> None:
    found = version_of(package)

    assert found is not None
    assert importlib.metadata.version(package).startswith(".".join(map(str, found)))


def test_a_package_that_is_not_installed_has_no_version() -> None:
    found = version_of("no-such-package-as-this")

    assert found is None


def test_the_entry_points_are_those_of_every_group() -> None:
    groups = importlib.metadata.entry_points().groups
    expected = {
        group: {(one.name, one.value) for one in importlib.metadata.entry_points(group=group)} for group in groups
    }

    found = {group: {(one.name, one.value) for one in entry_points(group)} for group in groups}

    assert {"alembic_review.rules", "console_scripts", "pytest11"} <= groups
    assert found == expected


def test_the_first_on_the_path_is_the_one_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, folder, file, version in (
        ("first", "Some_Package-2.0.dist-info", "METADATA", "2.0"),
        ("second", "some.package.egg-info", "PKG-INFO", "1.5rc1"),
        ("second", "other-1.5.egg-info", "PKG-INFO", "1.5rc1"),
        ("second", "bare-1.0.dist-info", "RECORD", "1.0"),
    ):
        (tmp_path / place / folder).mkdir(parents=True)
        (tmp_path / place / folder / file).write_text(f"Metadata-Version: 2.1\nVersion: {version}\n")
        (tmp_path / place / folder / "entry_points.txt").write_text(f"[a.group]\nit = from_{place} : a.b [extra]\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "none"), str(tmp_path / "first"), str(tmp_path / "second")])

    points = list(entry_points("a.group"))

    assert [version_of(name) for name in ("some-package", "other", "bare")] == [(2, 0), (1, 5), None]
    assert points == [
        EntryPoint("it", "from_first : a.b [extra]"),
        EntryPoint("it", "from_second : a.b [extra]"),
        EntryPoint("it", "from_second : a.b [extra]"),
    ]


def test_an_entry_point_is_a_module_or_something_in_it() -> None:
    assert EntryPoint("x", "sys").load() is sys
    assert EntryPoint("x", "importlib.metadata : EntryPoint.load [extra]").load() is importlib.metadata.EntryPoint.load
    with pytest.raises(ValueError, match="is no name of a module"):
        EntryPoint("x", "not a name").load()
