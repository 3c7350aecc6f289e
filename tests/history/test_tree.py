"""Which files of a project are read for a history."""

from __future__ import annotations

from pathlib import Path

from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.operations import DropTable
from alembic_review.parsing.module import Reader
from alembic_review.revision import Revision


def test_env_py_is_read_where_the_configuration_lies_in_another_folder(tmp_path: Path) -> None:
    scripts, settings = tmp_path / "app" / "migrations", tmp_path / "app" / "storage"
    (scripts / "versions").mkdir(parents=True)
    settings.mkdir()
    (settings / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/../migrations\n")
    (scripts / "env.py").write_text("from alembic import context\n")
    (scripts / "versions" / "a1.py").write_text('revision = "a1"\ndown_revision = None\n')
    (tmp_path / "app" / "secret.py").write_text("")
    (selection,) = find_histories([settings], None, tmp_path).selections

    tree = ProjectTree(selection)

    assert tree.text(str(scripts / "env.py"), "") == "from alembic import context\n"
    assert tree.text(str(tmp_path / "app" / "secret.py"), "") is None


def test_files_are_found_where_python_finds_them(tmp_path: Path) -> None:
    for file, table in {
        "src/app/sql/of_package.sql": "package",
        "app/sql/of_package.sql": "beside",
        "sql/of_root.sql": "root",
        "migrations/versions/sql/of_root.sql": "beside",
        "migrations/of_script.sql": "script",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(f"DROP TABLE {table}")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (tmp_path / "migrations" / "env.py").write_text("")
    (tmp_path / "src" / "app" / "__init__.py").write_text("")
    file = tmp_path / "migrations" / "versions" / "a1.py"
    file.write_text(
        "from importlib.resources import files\nfrom pathlib import Path\nfrom alembic import op\n"
        'revision = "a1"\ndown_revision = None\ndef upgrade():\n'
        '    op.execute(files("app.sql").joinpath("of_package.sql").read_text())\n'
        '    op.execute(open("sql/of_root.sql").read())\n'
        '    op.execute((Path(__file__).parent.parent / "of_script.sql").read_text())\n'
    )
    (selection,) = find_histories([tmp_path], None, tmp_path).selections

    revision = Reader(ProjectTree(selection)).read(str(file), file.read_bytes())

    assert isinstance(revision, Revision)
    assert [one.table.name for one in revision.upgrade or () if isinstance(one, DropTable)] == [
        "package",
        "root",
        "script",
    ]
