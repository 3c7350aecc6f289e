"""Where rules are found: the entry points of whatever is installed."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from alembic_review import registry
from alembic_review.registry import GROUP, RuleError, load_rules

RULE = '''
from alembic_review.rule import Rule

class {name}(Rule):
    """Tells of nothing."""
'''


def _install(site: Path, package: str, entry_points: str, **modules: str) -> None:
    (site / f"{package}-1.0.dist-info").mkdir(parents=True)
    (site / f"{package}-1.0.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (site / f"{package}-1.0.dist-info/entry_points.txt").write_text(entry_points)
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text)


def test_a_package_brings_its_rules_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = f"# Ours.\n[console_scripts]\nx = y:z\n\n[{GROUP}]\nall = brought_whole\none = brought_one:Third [extra]\n"
    whole = RULE.format(name="First") + RULE.format(name="Second")
    one = RULE.format(name="Third") + RULE.format(name="Fourth")
    _install(tmp_path, "brought", points, brought_whole=whole, brought_one=one)
    monkeypatch.syspath_prepend(tmp_path)

    names = {rule.name for rule in load_rules()}

    assert names >= {"first", "second", "third", "dropped-table"}
    assert "fourth" not in names


def test_of_a_package_that_is_there_twice_the_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for site in ("b", "a"):
        _install(tmp_path / site, f"Twice.{site}", f"[{GROUP}]\n{site} = nowhere\n")
        _install(tmp_path / site, "twice_there", f"[{GROUP}]\ntwice = in_{site}\n")
        monkeypatch.syspath_prepend(tmp_path / site)

    found = {point.name: point.value for point in registry._entry_points()}

    assert found["twice"] == "in_a"
    assert {"a", "b"} <= found.keys()


def test_the_entry_points_are_those_that_the_standard_library_finds() -> None:
    found = {(point.name, point.value) for point in registry._entry_points()}

    assert found == {(point.name, point.value) for point in metadata.entry_points(group=GROUP)}


def test_an_entry_point_that_leads_nowhere_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "lost", f"[{GROUP}]\nlost = not_a_module_of_anybody\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])

    with pytest.raises(RuleError, match=r'entry point "lost" \(not_a_module_of_anybody\) cannot be loaded: ModuleNot'):
        load_rules()
