"""Flags new revisions that follow one which the base branch has gone on from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class BehindBase(Rule):
    """
    A new revision whose parent is not the head of the base branch.

    ## Why is this bad?

    The base branch has got a revision since this branch was begun. Once both are merged, the history has two heads,
    and `alembic upgrade head` stops with "Multiple head revisions are present", usually during the deployment.
    git sees no conflict, since the files have different names.

    This is asked with `--base` only, with what the base branch has now: fetch it before. A revision with
    `branch_labels` of its own begins a branch on purpose, and a merge revision that follows the head of the base branch
    brings along what it merges.

    ## Example

    On `main`, `b1` follows `a1`. On this branch:

    ```python
    revision = "c1"
    down_revision = "a1"
    ```

    ## Use instead

    ```python
    revision = "c1"
    down_revision = "b1"
    ```
    """

    severity = Severity.WARNING

    def check_history(self, history: History) -> Iterator[Finding]:
        base = history.base
        if base is None:
            return
        behind: dict[str, dict[str, tuple[str, ...]]] = {}
        for head in base.order.heads:
            if head not in base.merged.heads:
                continue
            line = base.order.line(head) - {head}
            found: dict[str, tuple[str, ...]] = {}
            for name in history.order.ids:
                revision = history.revisions[name]
                if name in base.new and not revision.branch_labels and not line.isdisjoint(revision.down_revision):
                    found[name] = tuple(parent for parent in revision.down_revision if parent in line)
            passed = {other for name in found for other in history.order.line(name) - {name}}
            for name in found.keys() - passed:
                behind.setdefault(name, {})[head] = found[name]
        for name, heads in sorted(behind.items()):
            revision = history.revisions[name]
            if revision.path not in history.reviewed:
                continue
            parents = sorted({parent for those in heads.values() for parent in those})
            kept = [parent for parent in revision.down_revision if parent not in parents]
            wanted = _quoted([*heads, *kept])
            yield self.in_file(
                revision,
                "down_revision",
                f'"{name}" follows {_quoted(parents)}, and "{base.name}" has gone on from there to {_quoted(heads)}',
                f"down_revision = {wanted if len(heads) + len(kept) == 1 else f'({wanted})'}",
                thing=name,
            )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))
