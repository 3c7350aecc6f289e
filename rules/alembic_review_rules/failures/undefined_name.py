"""Flags names that nothing in the file defines."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule

_IMPORTS = {
    "sa": "import sqlalchemy as sa",
    "op": "from alembic import op",
    "context": "from alembic import context",
    "postgresql": "from sqlalchemy.dialects import postgresql",
    "mysql": "from sqlalchemy.dialects import mysql",
    "sqlite": "from sqlalchemy.dialects import sqlite",
    "pgvector": "import pgvector.sqlalchemy",
    "fastapi_users_db_sqlalchemy": "import fastapi_users_db_sqlalchemy.generics",
    "Text": "from sqlalchemy import Text",
}


class UndefinedName(Rule):
    """
    A name that the file neither imports nor defines.

    ## Why is this bad?

    Autogenerate writes types by their full name, as in `sqlmodel.sql.sqltypes.AutoString()`, and imports only
    `sqlalchemy` and `alembic`. The revision stops with a NameError when it comes to that line.

    ## Example

    ```python
    def upgrade():
        op.create_table("job", sa.Column("name", sqlmodel.sql.sqltypes.AutoString()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Use instead

    Import it, and let `script.py.mako` write the import into every new revision; or take SQLAlchemy's own type:

    ```python
    def upgrade():
        op.create_table("job", sa.Column("name", sa.String()))

    def downgrade():
        op.drop_table("job")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("NameError")

    def check(self, change: Change) -> Iterator[Finding]:
        for undefined in change.revision.undefined:
            name = undefined.name
            yield self.at(
                change,
                undefined.place,
                f'nothing in this file defines "{name}"',
                f"Import it: {_IMPORTS.get(name, f'import {name}')}.",
                thing=name,
            )
