"""What is told of the packages that are installed is what importlib.metadata tells."""

from __future__ import annotations

import importlib
import importlib.metadata
import shutil
import sys
from pathlib import Path

import pytest

from alembic_review.installed import EntryPoint, entry_points, version_of


@pytest.mark.parametrize("package", ["alembic", "SQLAlchemy", "typing_extensions", "mako"])
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
        group: sorted((one.name, one.value) for one in importlib.metadata.entry_points(group=group)) for group in groups
    }

    found = {group: sorted((one.name, one.value) for one in entry_points(group)) for group in groups}

    assert {"alembic_review.rules", "console_scripts", "pytest11"} <= groups
    assert found == expected


def _install(folder: Path, file: str = "METADATA", version: str = "1.0", value: str = "module") -> None:
    folder.mkdir(parents=True)
    (folder / file).write_text(f"Metadata-Version: 2.1\nName: x\nVersion: {version}\n")
    (folder / "entry_points.txt").write_text(f"; Ours.\n[a.group]\n# it = commented\nit = {value}\n\n[b]\nx = y\n")


def test_the_first_on_the_path_is_the_one_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "first/Some_Package-2.0.dist-info", version="2.0", value="first : a.b [extra]")
    _install(tmp_path / "second/some.package.egg-info", "PKG-INFO", "1.5rc1", value="second")
    _install(tmp_path / "second/other-1.5.egg-info", "PKG-INFO", "1.5rc1", value="other")
    monkeypatch.setattr(sys, "path", [str(tmp_path / name) for name in ("none", "first", "second")])

    points = list(entry_points("a.group"))

    assert [version_of(name) for name in ("Some.Package", "other")] == [(2, 0), (1, 5)]
    assert points == [EntryPoint("it", "first : a.b [extra]"), EntryPoint("it", "other")]


def test_of_two_in_one_place_the_newest_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "Package-9.0.dist-info", version="9.0", value="old")
    _install(tmp_path / "package-10.1.dist-info", version="10.1", value="new")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    assert version_of("package") == (10, 1)
    assert [one.value for one in entry_points("a.group")] == ["new"]


def test_what_an_installer_left_empty_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here/package-0.9.dist-info").mkdir(parents=True)
    (tmp_path / "before/package-3.0.dist-info").mkdir(parents=True)
    _install(tmp_path / "here/package-1.0.dist-info")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "before"), str(tmp_path / "here")])

    assert version_of("package") == (1, 0)
    assert [one.value for one in entry_points("a.group")] == ["module"]


def test_packages_in_the_working_directory_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "package-1.0.dist-info")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [""])

    assert version_of("package") == (1, 0)


def test_eggs_and_zip_files_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "package-1.0-py3.egg/EGG-INFO", "PKG-INFO")
    _install(tmp_path / "content/zipped-1.5.dist-info", version="1.5", value="zipped")
    zipped = shutil.make_archive(str(tmp_path / "zipped"), "zip", tmp_path / "content")

    for place, package, version, value in (
        (tmp_path / "package-1.0-py3.egg", "package", (1, 0), "module"),
        (zipped, "zipped", (1, 5), "zipped"),
    ):
        monkeypatch.setattr(sys, "path", [str(place)])
        importlib.invalidate_caches()

        assert [version_of(name) for name in (package, "no-such-package")] == [version, None]
        assert list(entry_points("a.group")) == [EntryPoint("it", value)]


def test_an_entry_point_is_a_module_or_something_in_it() -> None:
    assert EntryPoint("x", "sys").load() is sys
    assert EntryPoint("x", "importlib.metadata : EntryPoint.load [extra]").load() is importlib.metadata.EntryPoint.load
    with pytest.raises(ValueError, match="is no name of a module"):
        EntryPoint("x", "not a name").load()
