"""The GitHub Action: the script that a runner would run, in a project, with what the runner sets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def run(folder: Path, temporary: Path, arguments: str, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],  # As GitHub's runner does.
        cwd=folder,
        env={
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(ROOT),
            "XDG_CACHE_HOME": str(temporary / "cache"),
            "ARGUMENTS": arguments,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )


@pytest.fixture(scope="module")
def script() -> str:
    (step,) = ACTION["runs"]["steps"]
    assert "${{" not in step["run"]
    return str(step["run"])


@pytest.mark.network
@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_the_action_installs_itself_and_annotates(tmp_path: Path, script: str) -> None:
    probe = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(tmp_path), "iniconfig"]
    if subprocess.run(probe, check=False, capture_output=True).returncode:
        pytest.skip("needs a package registry")

    bad = run(ROOT / "examples/task_service", tmp_path, "--select enum-left-behind", script)
    injected = run(ROOT / "examples/good_service", tmp_path, "; echo owned", script)
    good = run(ROOT / "examples/good_service", tmp_path, "", script)

    assert bad.returncode == 1, bad.stderr
    assert bad.stdout.startswith(
        "::error title=alembic-review (enum-left-behind),"
        "file=examples/task_service/migrations/versions/2026-01-05_create_projects_and_members.py,line=30,"
    )
    assert (good.returncode, good.stdout.splitlines()[0][:12]) == (0, "No findings.")
    assert injected.returncode == 2
    assert "\nowned" not in injected.stdout
