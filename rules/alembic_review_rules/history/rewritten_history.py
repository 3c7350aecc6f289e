"""Flags revisions of the base branch that a branch edits, re-points or deletes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic_review.diagnostics import START, Severity
from alembic_review.history.base import Base, Rewritten
from alembic_review.history.folder import History
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule


class RewrittenHistory(Rule):
    """
    A revision of the base branch that this branch edits, re-points or deletes.

    ## Why is this bad?

    A database that has run a revision never runs it again: what is changed in `upgrade()` is made in new databases and
    is missing in all others, and no command tells the two apart. One that stands at a revision which is deleted, or
    has another id, stops at "Can't locate revision". One that has passed the place where a revision is put now does
    not get it.

    This is asked with `--base` only. A change of comments, of names in the file or of its name, of imports and of the
    way the code is written is none as long as `upgrade()` does what it did. Neither is one of `downgrade()`: nobody
    has run it for good.

    ## Example

    On `main`:

    ```python
    revision = "b1"
    down_revision = "a1"

    def upgrade():
        op.add_column("job", sa.Column("note", sa.Text()))
    ```

    On this branch:

    ```python
    revision = "b1"
    down_revision = "a1"

    def upgrade():
        op.add_column("job", sa.Column("note", sa.String(200)))
    ```

    ## Use instead

    A revision of its own, which all databases run:

    ```python
    revision = "c1"
    down_revision = "b1"

    def upgrade():
        op.alter_column("job", "note", type_=sa.String(200), existing_type=sa.Text())
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        base = history.base
        for one in base.rewritten if base is not None else ():
            assert base is not None
            if one.is_ is None:
                yield self._deleted(one.was, base, history.selection.history.root)
            elif one.is_.path in history.reviewed:
                yield self._changed(one, one.is_, base)

    def _deleted(self, was: Revision, base: Base, root: Path) -> Finding:
        path = Path(was.path)
        from_root = path.relative_to(root) if path.is_relative_to(root) else path
        return Finding(
            RewrittenHistory,
            was.path,
            START,
            f'deletes the revision "{was.id}", which "{base.name}" has',
            f"git checkout {base.name} -- {from_root.as_posix()}",
            was.id,
            thing=was.id,
        )

    def _changed(self, one: Rewritten, ours: Revision, base: Base) -> Finding:
        was = one.was
        if one.how == "renumbered":
            where, message = "revision", f'the revision "{was.id}" of "{base.name}" has the id "{ours.id}" here'
            help = f'revision = "{was.id}"'
        elif one.how == "re-pointed":
            variable = "down_revision" if {*was.down_revision} != {*ours.down_revision} else "depends_on"
            there, here = _written(getattr(was, variable)), _written(getattr(ours, variable))
            where, message = variable, f'{variable} of "{was.id}" is {there} on "{base.name}", and {here} here'
            help = f"{variable} = {there}"
        else:
            where, message = "upgrade", f'upgrade() of "{was.id}" does not do what it does on "{base.name}"'
            help = "Leave it as it was, and put what is new into a revision of its own."
        return self.in_file(ours, where, message, help, thing=was.id)


def _written(names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' for name in names]
    return f"({', '.join(quoted)})" if len(quoted) > 1 else "".join(quoted) or "None"
