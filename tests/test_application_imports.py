"""What a revision imports, in a project with files: what lies beside env.py or below is there for migrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_review.config import Config
from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.registry import load_rules
from alembic_review.review import review


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from shop.security import hashed", ["shop.security.hashed"]),
        ("from shop import security", ["shop.security"]),
        ("from shop.db.types import Money", ["shop.db.types.Money"]),
        ("import shop.settings", ["shop.settings"]),
        ("from shop.db.versioned.helpers import add", []),
        ("from ..helpers import add", []),
        ("from shop.migration_helpers import add", []),
        ("import sqlalchemy_utils", []),
    ],
)
def test_what_lies_in_the_package_beside_the_migrations_is_of_the_application(
    tmp_path: Path, line: str, found: list[str]
) -> None:
    scripts = tmp_path / "shop" / "db" / "versioned"
    (scripts / "versions").mkdir(parents=True)
    for folder in (tmp_path / "shop", tmp_path / "shop" / "db", scripts, scripts / "versions"):
        (folder / "__init__.py").touch()
    (tmp_path / "shop" / "security.py").write_text("def hashed(text):\n    return text\n")
    (tmp_path / "shop" / "db" / "types.py").write_text("class Money:\n    pass\n")
    (tmp_path / "shop" / "migration_helpers.py").write_text("def add():\n    pass\n")
    (scripts / "helpers.py").write_text("def add():\n    pass\n")
    (scripts / "env.py").write_text("from alembic import context\n")
    (scripts / "versions" / "a1.py").write_text(
        f'from alembic import op\n{line}\nrevision = "a1"\ndown_revision = None\ndef upgrade():\n    pass\n'
    )
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = shop/db/versioned\n")
    histories = [(one, ProjectTree(one)) for one in find_histories([tmp_path], None, tmp_path).selections]

    report = review(histories, Config(), load_rules())

    assert [one.thing for one in report.diagnostics if one.rule == "application-import"] == found
