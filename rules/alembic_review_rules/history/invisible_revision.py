"""Flags revision files that Alembic does not find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule


class InvisibleRevision(Rule):
    """
    A revision in a folder where Alembic does not look.

    ## Why is this bad?

    Alembic reads the folders of `version_locations` (`versions/` where nothing is set), and those inside them only with
    `recursive_version_locations = true`. A file elsewhere is passed over without a word: `alembic upgrade head` ends
    with exit code 0 and does not run it. A `file_template` with a `/` in it writes such files.

    It is told of files that belong to the history: that come after one of its revisions, or before one. Old revisions
    that were put aside together are none of them.

    ## Example

    ```ini
    file_template = %%(year)d/%%(month).2d_%%(rev)s
    ```

    ## Use instead

    ```ini
    file_template = %%(year)d/%%(month).2d_%%(rev)s
    recursive_version_locations = true
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        settings = history.selection.history.settings
        locations = history.selection.history.version_locations
        for revision in _belonging(history):
            folder = Path(revision.path).parent
            nested = any(location in folder.parents for location in locations)
            if nested and not settings.recursive:
                why, help = "a folder inside another is not searched", "recursive_version_locations = true"
            else:
                why = f'version_locations do not have "{folder.name}"'
                help = f"Add {folder.name} to version_locations, or move the file."
            yield self.in_file(
                revision,
                "revision",
                f'Alembic does not find revision "{revision.id}", and does not run it: {why}',
                help,
                thing=revision.id,
            )


def _belonging(history: History) -> list[Revision]:
    """The invisible revisions that hang together with visible ones; all, where nothing is visible."""
    unseen = [found for found in history.invisible if isinstance(found, Revision) and found.id not in history.revisions]
    if not history.revisions:
        return unseen
    wanted = {missing.name for missing in history.order.unknown}
    belonging: dict[str, Revision] = {}
    while True:
        more = {
            revision.path: revision
            for revision in unseen
            if revision.path not in belonging
            and (
                revision.id in wanted
                or any(parent in history.revisions or parent in wanted for parent in revision.down_revision)
            )
        }
        if not more:
            return [revision for revision in unseen if revision.path in belonging]
        belonging |= more
        for revision in more.values():
            wanted |= {revision.id, *revision.down_revision}
