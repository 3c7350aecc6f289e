"""Where rules are found: the entry points of whatever is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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


def test_an_entry_point_that_leads_nowhere_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "lost", f"[{GROUP}]\nlost = not_a_module_of_anybody\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])

    with pytest.raises(RuleError, match=r'entry point "lost" \(not_a_module_of_anybody\) cannot be loaded: ModuleNot'):
        load_rules()
