"""Flags an env.py that lets autogenerate see tables which another system owns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic_review import operations as ops
from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.external_tables.owners import owner_of

_SHOWING = (
    ops.AddColumn,
    ops.AddConstraint,
    ops.AlterColumn,
    ops.CreateIndex,
    ops.DropColumn,
    ops.DropConstraint,
    ops.DropTable,
    ops.RenameTable,
)
"""What shows that a table is there, made by somebody else if the history does not make it."""

_SPATIAL = frozenset({"geometry", "geography", "raster"})


class ExternalTableUnfiltered(Rule):
    """
    An `env.py` that does not leave out tables of another system which are in this database.

    ## Why is this bad?

    Autogenerate takes every table that is in the database and not in the models for one to be dropped. Each
    `alembic revision --autogenerate` writes `drop_table` for them anew, `alembic check` never passes, and one day
    somebody does not delete the line.

    In the database are: tables of known systems that a revision changes or drops and none makes, `spatial_ref_sys`
    where a revision makes the extension postgis or a column of its types, and the names in
    `[tool.alembic-review.external-tables]`. Tables of other schemas count where `env.py` has `include_schemas=True`.
    A filter that could not be read is taken to leave them out.

    ## Example

    A history whose revisions have columns of PostGIS's type `geometry`, and in `env.py`:

    ```python
    context.configure(connection=connection, target_metadata=target_metadata)
    ```

    ## Use instead

    ```python
    def include_name(name, type_, parent_names):
        return type_ != "table" or name not in {"spatial_ref_sys"}


    context.configure(connection=connection, target_metadata=target_metadata, include_name=include_name)
    ```
    """

    severity = Severity.WARNING

    def check_history(self, history: History) -> Iterator[Finding]:
        environment = history.environment() if history.whole else None
        if environment is None or "configure" not in environment.places or environment.has_metadata is False:
            return
        schemas = environment.options.get("include_schemas") is True
        seen = [
            (name, owner)
            for name, owner in self._there(history)
            if (name.schema is None or schemas) and environment.excludes(name) is False
        ]
        if not seen:
            return
        names = ", ".join(f'"{name}"' for name, _ in seen)
        owners = " and ".join(dict.fromkeys(owner for _, owner in seen))
        listed = "{" + ", ".join(f'"{name.name}"' for name, _ in seen) + "}"
        what = f"the tables {names}, which belong" if len(seen) > 1 else f"the table {names}, which belongs"
        yield Finding(
            type(self),
            environment.path,
            environment.place("configure"),
            f"autogenerate sees {what} to {owners}, and writes drop_table for {'them' if len(seen) > 1 else 'it'}",
            f'In include_name, for type_ == "table": return name not in {listed}'
            if environment.filters
            else f'include_name=lambda name, type_, parents: type_ != "table" or name not in {listed}',
            thing=names.replace('"', ""),
        )

    def _there(self, history: History) -> Iterator[tuple[Name, str]]:
        """The tables of other systems that are in the database, and whose they are."""
        operations = [one for revision in history.revisions.values() for one in revision.upgrade or ()]
        made = {one.table for one in operations if isinstance(one, ops.CreateTable)}
        shown = {one.table for one in operations if isinstance(one, _SHOWING) and not getattr(one, "if_exists", False)}
        if any(_is_spatial(one) for one in operations):
            shown.add(Name("spatial_ref_sys"))
        shown.update(_named(self.config.external_tables.names))
        for name in sorted(shown - made, key=str):
            owner = owner_of(name, self.config.external_tables)
            if owner is not None and not owner.unseen:
                yield name, owner.name


def _named(names: Iterable[str]) -> Iterator[Name]:
    for text in names:
        schema, _, name = text.rpartition(".")
        yield Name(name, schema or None)


def _is_spatial(operation: ops.Operation) -> bool:
    """Whether it makes the extension postgis, or a column that needs it."""
    match operation:
        case ops.CreateTable(columns=columns):
            return any(column.type.name in _SPATIAL for column in columns)
        case ops.AddColumn(column=column):
            return column.type.name in _SPATIAL
        case ops.CreateObject(kind="extension", name=name):
            return name.name == "postgis"
        case _:
            return False
