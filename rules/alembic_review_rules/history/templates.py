"""What Alembic's `file_template` makes of a revision, and whether a name may be its work."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from msgspec import Struct

from alembic_review.revision import Revision

_FIELD = re.compile(r"%(?:%|\((\w+)\)([#0\- +]*\d*(?:\.\d+)?)([sdri]))")
_TWO_DIGITS = re.compile(r".*\.2|0*2")
_WORD = re.compile(r"\w+")

_RANGES = {
    "year": r"\d{4}",
    "month": r"0?[1-9]|1[0-2]",
    "day": r"0?[1-9]|[12]\d|3[01]",
    "hour": r"[01]?\d|2[0-3]",
    "minute": r"[0-5]?\d",
    "second": r"[0-5]?\d",
}
_ALL_OF_TWO = {
    "month": r"0[1-9]|1[0-2]",
    "day": r"0[1-9]|[12]\d|3[01]",
    "hour": r"[01]\d|2[0-3]",
    "minute": r"[0-5]\d",
    "second": r"[0-5]\d",
}
# Alembic makes words of a message with \w+, in lower case (alembic/script/base.py, ScriptDirectory._rev_path).
_SLUG = r"(?:(?![A-Z])\w)*"
_ANY_ID = r"[^/]+?"
_MARK = "\0"


class Template(Struct, frozen=True):
    """A `file_template`, as it is once the ini file is read; `longest` is the `truncate_slug_length`."""

    text: str
    longest: int

    @classmethod
    def of(cls, text: str | None, longest: int) -> Template | None:
        """The template that a configuration has; None where it has none."""
        return None if text is None else cls(text, longest)

    def fits(self, name: str, identifier: str | None) -> bool:
        """Whether a file of this name, without its suffix, may have been made by it; for None, with any id."""
        if identifier is None:
            return _pattern(self.text, _ANY_ID).fullmatch(name) is not None
        # One pattern for all ids is compiled once: it has a mark where the name may have this id.
        marked = [name] if "%(rev)" not in self.text else [name.replace(identifier, _MARK)]
        at = name.find(identifier)
        while at >= 0:
            marked.append(name[:at] + _MARK + name[at + len(identifier) :])
            at = name.find(identifier, at + 1)
        pattern = _pattern(self.text, _MARK)
        return any(pattern.fullmatch(one) for one in marked)

    def name_of(self, revision: Revision) -> str | None:
        """What Alembic would call the file, without its suffix, as far as the docstring tells when and why it was made.

        Where the docstring gives no time zone, nobody knows the seconds since 1970.
        """
        if revision.header.message is None:
            return None
        values: dict[str, object] = {"rev": revision.id, "slug": self._slug(revision.header.message)}
        try:
            made = datetime.fromisoformat(revision.header.create_date or "")
        except ValueError:
            pass
        else:
            values |= {name: getattr(made, name) for name in _RANGES}
            if made.tzinfo is not None:
                values["epoch"] = int(made.timestamp())
        try:
            return self.text % values
        except (KeyError, ValueError, TypeError):
            return None

    def _slug(self, message: str) -> str:
        slug = "_".join(_WORD.findall(message)).lower()
        return slug if len(slug) <= self.longest else slug[: self.longest].rsplit("_", 1)[0] + "_"


@cache
def _pattern(template: str, identifier: str) -> re.Pattern[str]:
    """What names look like that a template makes; *identifier* is what an id looks like."""
    parts: list[str] = []
    at = 0
    for field in _FIELD.finditer(template):
        parts.append(re.escape(template[at : field.start()]))
        parts.append(_expression(field[1], field[2] or "", identifier) if field[1] else "%")
        at = field.end()
    parts.append(re.escape(template[at:]))
    return re.compile("".join(parts))


def _expression(field: str, form: str, identifier: str) -> str:
    """What the text that takes the place of a field looks like."""
    if field in _RANGES:
        digits = _ALL_OF_TWO.get(field) if _TWO_DIGITS.fullmatch(form) else None
        return f"(?:{digits or _RANGES[field]})"
    if field == "rev":
        return identifier
    return {"slug": _SLUG, "epoch": r"-?\d+"}.get(field, ".+?")
