"""Flags revisions that import the application they migrate."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import PurePath

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Place
from alembic_review.revision import Import, Revision
from alembic_review.rule import Finding, Rule

_LIBRARIES = frozenset((*sys.stdlib_module_names, "alembic", "sqlalchemy"))
_EXTENSIONS = ("django", "fastapi", "flask", "sqlalchemy", "sqlmodel")
_MODELS = frozenset(("model", "models"))


class ApplicationImport(Rule):
    """
    A revision that imports models or code of the application.

    ## Why is this bad?

    A revision is run for years, on every new database and in every test run, with the application as it is then. A
    model that it imports has columns by that time that the table has not yet, and the query fails; a function is
    gone, renamed, or does something else. What a revision needs has to stand in the revision.

    What is there for migrations is left alone: what lies in their folder, beside `env.py` or below, and modules that
    have "migration" or "alembic" in their name.

    ## Example

    ```python
    from myapp.models import User

    def upgrade():
        session = sa.orm.Session(bind=op.get_bind())
        session.query(User).update({"active": True})
    ```

    ## Use instead

    ```python
    user = sa.table("user", sa.column("active", sa.Boolean()))

    def upgrade():
        op.execute(user.update().values(active=True))
    ```
    """

    severity = Severity.WARNING

    def check(self, change: Change) -> Iterator[Finding]:
        found: dict[Place, list[Import]] = {}
        for one in change.revision.imports:
            if _is_of_application(one, change.revision):
                found.setdefault(one.place, []).append(one)
        for place, imports in found.items():
            names = [f'"{one.name}"' for one in imports]
            listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
            function = imports[0].function
            yield self.at(
                change,
                place,
                f"imports {listed} of the application, which will change under this revision",
                "Write what it needs into the revision: a table as "
                'sa.table("name", sa.column("id"), …), a type as the one that the database has, sa.Uuid().',
                direction=function if function in ("upgrade", "downgrade") else None,
                thing=imports[0].name,
            )


def _is_of_application(one: Import, revision: Revision) -> bool:
    """Whether an import is of something in the project that is not there for migrations.

    It is where its file was found in the project, or where the revision itself lies in the package; and where nobody
    knows the package, but it calls itself models.
    """
    parts = one.name.split(".")
    if parts[0] in _LIBRARIES or any("migration" in part or "alembic" in part for part in parts):
        return False
    migrations = PurePath(revision.path).parent.parent
    if one.path is not None:
        return migrations not in PurePath(one.path).parents
    if parts[0] in migrations.parts:
        package = migrations.parts[migrations.parts.index(parts[0]) :]
        return tuple(parts[: len(package)]) != package
    return bool(parts[0]) and not parts[0].startswith(_EXTENSIONS) and not _MODELS.isdisjoint(parts)
