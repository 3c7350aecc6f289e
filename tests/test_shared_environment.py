"""An env.py that several histories share."""

from __future__ import annotations

from pathlib import Path

from alembic_review.config import Config
from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.registry import load_rules
from alembic_review.review import review


def test_what_is_found_in_it_is_told_once(tmp_path: Path) -> None:
    scripts = tmp_path / "db"
    for name in ("a", "b"):
        (scripts / name).mkdir(parents=True)
        (scripts / name / "1.py").write_text(f'revision = "{name}1"\ndown_revision = None\ndef upgrade():\n    pass\n')
    (scripts / "env.py").write_text(
        "from alembic import context\ntarget_metadata = None\ncontext.configure(target_metadata=target_metadata)\n"
    )
    (tmp_path / "alembic.ini").write_text(
        "".join(f"[{name}]\nscript_location = db\nversion_locations = db/{name}\n" for name in ("a", "b"))
    )
    histories = [(one, ProjectTree(one)) for one in find_histories([tmp_path], None, tmp_path).selections]

    report = review(histories, Config(), load_rules())

    assert report.histories == 2
    assert [one.rule for one in report.diagnostics if one.path.endswith("env.py")] == ["no-target-metadata"]
