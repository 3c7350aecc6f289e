"""The wheel, as people install it: what it holds, and that it works with nothing of this checkout beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.network

ROOT = Path(__file__).parent.parent
SOURCES = ("linter", "rules", "pyproject.toml", "README.md", "LICENSE")


def call(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["XDG_CACHE_HOME"] = str(folder / "cache")
    return subprocess.run(
        [*map(str, command)], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=600
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built from a copy."""
    place = tmp_path_factory.mktemp("wheel")
    probe = call(place, sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", place, "iniconfig")
    if probe.returncode:
        pytest.skip("needs a package registry")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / "copy" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, place / "copy" / name)
    built = call(place, sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", place / "built", place / "copy")
    assert built.returncode == 0, built.stderr
    (file,) = (place / "built").iterdir()
    return file


def test_it_holds_both_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0].split("-")[0] for name in names} == {"alembic_review", "alembic_review_rules"}
    assert {"alembic_review/py.typed", "alembic_review_rules/py.typed"} <= set(names)
    assert [name for name in names if ".dist-info/" not in name and not name.endswith((".py", "/py.typed"))] == []


def test_it_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    made = call(tmp_path, sys.executable, "-m", "venv", "venv")
    binaries = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / "python"
    installed = call(tmp_path, python, "-m", "pip", "install", "-q", wheel)
    assert (made.returncode, installed.returncode) == (0, 0), installed.stderr
    shutil.copytree(ROOT / "examples/good_service", tmp_path / "service")

    by_script = call(tmp_path, binaries / "alembic-review", "check", "service", "--format", "concise")
    by_module = call(tmp_path, python, "-m", "alembic_review", "--version")

    assert (by_script.returncode, by_script.stderr) == (0, "")
    assert by_script.stdout == "No findings. Revisions: 7 read, 7 reviewed. Operations: 20 read, 0 unread.\n"
    assert by_module.stdout.startswith("alembic-review ")
