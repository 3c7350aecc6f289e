"""Flags revision files whose name is not what the project's configuration says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule


class FileName(Rule):
    """
    A revision file whose name does not follow the project's `file_template`, or the pattern that was set.

    ## Why is this bad?

    Names that begin with the date sort as they were written, and one that does not is overlooked. A file that was
    copied and renamed by hand often carries the id or the date of the one it was copied from.

    Nothing is said where the project settles no name: then Alembic's default, the id and the message, is as good as
    any other. `file_template` in `alembic.ini` or `[tool.alembic]` settles it, and so does

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
        template = history.selection.history.settings.file_template
        own = self.config.file_name_pattern
        if own is None and template is None:
            return
        for revision in (*history.revisions.values(), *history.duplicates):
            if revision.path not in history.reviewed:
                continue
            name = Path(revision.path).stem
            if own is not None:
                fits, wanted = re.fullmatch(own, name) is not None, f"the pattern {own}"
            else:
                assert template is not None
                stem = template.rpartition("/")[2]
                fits, wanted = _pattern(stem).fullmatch(name) is not None, f"the file_template {stem}"
            if not fits:
                proper = _proper(template.rpartition("/")[2], revision) if template and own is None else None
                yield self.in_file(
                    revision,
                    "",
                    f'the name "{Path(revision.path).name}" does not follow {wanted}',
                    f"git mv {Path(revision.path).name} {proper}.py" if proper else None,
                    thing=Path(revision.path).name,
                )


_FIELD = re.compile(r"%\((\w+)\)([#0\- +]*\d*(?:\.\d+)?[sdr])")

# The fields of ``ScriptDirectory._rev_path`` (alembic/script/base.py).
_NUMBERS = {"year": 4, "month": 2, "day": 2, "hour": 2, "minute": 2, "second": 2}


def _pattern(template: str) -> re.Pattern[str]:
    """What names that the template can make look like."""
    parts: list[str] = []
    at = 0
    for field in _FIELD.finditer(template):
        parts.append(re.escape(template[at : field.start()].replace("%%", "%")))
        at = field.end()
        if field[1] in _NUMBERS:
            padded = ".2" in field[2] or "02" in field[2]
            parts.append(r"\d{4}" if field[1] == "year" else r"\d{2}" if padded else r"\d{1,2}")
        elif field[1] == "epoch":
            parts.append(r"\d+")
        elif field[1] == "slug":
            parts.append(r"\w*")
        else:
            parts.append(r"[^/\\]+?")
    parts.append(re.escape(template[at:].replace("%%", "%")))
    return re.compile("".join(parts))


_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_WORDS = re.compile(r"\w+")


def _proper(template: str, revision: Revision) -> str | None:
    """The name that Alembic would give the file, as far as its docstring tells when and why it was made."""
    date = _DATE.search(revision.header.create_date or "")
    message = revision.header.message or ""
    if date is None or not message:
        return None
    slug = "_".join(_WORDS.findall(message)).lower()
    values: dict[str, object] = dict(zip(_NUMBERS, map(int, date.groups()), strict=True))
    values.update(rev=revision.id, slug=slug[:40].rstrip("_"))
    try:
        return template % values
    except (KeyError, ValueError, TypeError):
        return None
