"""What Alembic itself says: its ScriptDirectory, on revisions that need not be importable."""

from __future__ import annotations

import ast
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import util
from alembic.script import ScriptDirectory
from alembic.script.base import Script

from alembic_review.history.order import Node
from alembic_review.history.project import HistoryFolder

CORPORA = os.environ.get("ALEMBIC_REVIEW_CORPORA")

corpora = pytest.mark.skipif(CORPORA is None, reason="ALEMBIC_REVIEW_CORPORA names no folder of real histories")


def packages() -> list[Path]:
    """The folders of real histories, one for each package; none where there are none."""
    return sorted(path for path in Path(CORPORA).iterdir() if path.is_dir()) if CORPORA else []


def variables(file: Path) -> dict[str, object]:
    """The literal variables of a file; a name that stands for a branch label is taken for the label."""
    found: dict[str, object] = {}
    # From a type statement on, the file is for a later Python than that of the tests.
    head = re.split(rb"^type \w+ = ", file.read_bytes(), maxsplit=1, flags=re.MULTILINE)[0]
    for statement in ast.parse(head).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in {
                "revision",
                "down_revision",
                "branch_labels",
                "depends_on",
            }:
                found[target.id] = _value(statement.value)  # type: ignore[attr-defined]
    return found


def _value(node: ast.expr) -> object:
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(element) for element in node.elts)
    return node.attr if isinstance(node, ast.Attribute) else ast.literal_eval(node)


def node(file: Path) -> Node:
    """A revision file as the order sees it, read by other means than ours."""
    found = variables(file)

    def many(name: str) -> tuple[str, ...]:
        value = found.get(name)
        return (value,) if isinstance(value, str) else tuple(value or ())  # type: ignore[arg-type]

    return Node(str(found["revision"]), many("down_revision"), many("depends_on"), many("branch_labels"))


@contextmanager
def unimported() -> Iterator[None]:
    """Alembic loads a revision's variables without running the file."""

    def load(folder: str, name: str) -> SimpleNamespace:
        return SimpleNamespace(__doc__=None, **{"down_revision": None, **variables(Path(folder, name))})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(util, "load_python_file", load)
        yield


def script_directory(history: HistoryFolder) -> ScriptDirectory:
    """Alembic's reading of the folders of a history."""
    return ScriptDirectory(
        str(history.script_location or history.root),
        version_locations=[str(location) for location in history.version_locations],
        recursive_version_locations=history.settings.recursive,
    )


def scripts(directory: ScriptDirectory) -> dict[str, Script]:
    """All revisions by id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {script.revision: script for script in directory.walk_revisions()}
