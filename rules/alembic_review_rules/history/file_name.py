"""Flags revision files whose name is not what the project's configuration says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule
from alembic_review_rules.history.templates import Template


class FileName(Rule):
    """
    A revision file whose name does not follow the project's `file_template`, or the pattern that was set.

    ## Why is this bad?

    Names that begin with the date sort as they were written, and one that does not is overlooked. A file that was
    copied and renamed by hand often carries the id or the date of the one it was copied from.

    Nothing is said where the project settles no name: then Alembic's default, the id and the message, is as good as
    any other. `file_template` in `alembic.ini` or `[tool.alembic]` settles it, folders and the revision's id in the
    name included. Words may be others than those of the message, and dates others than that of the docstring.
    Revisions that are older than the first one that follows the template are left alone.
    A pattern of one's own takes the place of the template:

    ```toml
    [tool.alembic-review.file-name]
    pattern = '\\d{4}-\\d{2}-\\d{2}_[a-z0-9_]+'
    ```

    ## Example

    ```ini
    file_template = %%(year)d-%%(month).2d-%%(day).2d_%%(slug)s
    ```

    `addMail.py`

    ## Use instead

    `2026-11-23_add_mail.py`
    """

    severity = Severity.WARNING

    def check_history(self, history: History) -> Iterator[Finding]:
        own = self.config.file_name_pattern
        settings = history.selection.history.settings
        template = Template.of(settings.file_template, settings.truncate_slug_length)
        if own is not None:
            for revision in (*history.in_order(), *history.duplicates):
                name = Path(revision.path).name
                if revision.path in history.reviewed and not re.fullmatch(own, Path(name).stem):
                    yield self._told(revision, name, f"does not follow the pattern {own}", None)
        elif template is not None:
            yield from self._by_template(history, template)

    def _by_template(self, history: History, template: Template) -> Iterator[Finding]:
        revisions = [*history.in_order(), *history.duplicates]
        folders = [f"{location}{os.sep}" for location in history.selection.history.version_locations]
        names = [_within(revision.path, folders) for revision in revisions]
        follows = [template.fits(name.removesuffix(".py"), None) for name in names]
        begun = follows.index(True) if True in follows else 0
        for at, (revision, name) in enumerate(zip(revisions, names, strict=True)):
            if at < begun or revision.path not in history.reviewed:
                continue
            if template.fits(name.removesuffix(".py"), revision.id):
                continue
            what = f"does not follow the file_template {template.text}"
            if follows[at]:
                what = f'does not have the id "{revision.id}" where the file_template has it: {template.text}'
            yield self._told(revision, name, what, template.name_of(revision))

    def _told(self, revision: Revision, name: str, what: str, proper: str | None) -> Finding:
        help = f"Call it {proper}.py" if proper else None
        return self.in_file(revision, "", f'the name "{name}" {what}', help, thing=name)


def _within(path: str, folders: Iterable[str]) -> str:
    """The path of a file from the folder that Alembic looks for it in, with forward slashes."""
    found = next((path[len(folder) :] for folder in folders if path.startswith(folder)), Path(path).name)
    return found.replace(os.sep, "/")
