"""What an inspector lists, and what is asked of it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from alembic_review.parsing.values import Listed, Names, Query, Some, Unknown
from alembic_review.types import HOLE, Name

LISTED = "a loop over what the database lists"
"""What a loop over the names that an inspector lists hangs on."""

OF_NAMES = frozenset(["get", "keys", "copy", "intersection", "isdisjoint", "issuperset"])
"""The methods of such names that are followed."""


def question(names: Names, name: str) -> Query:
    """Whether the schema has what an inspector lists by this name."""
    if HOLE in name:
        return Query("unknown")
    if names.question == "table":
        return Query("table", Name(name), since=names.since)
    return Query(names.question, names.table, name, since=names.since)


def of_names(names: Names, key: Any) -> Any:
    """One of what an inspector lists, by its name."""
    return Some(question(names, key)) if isinstance(key, str) else Unknown("what the database has")


def of_listed(found: Listed | Some, key: Any) -> Any:
    """What an inspector tells of one of what it lists, or of a column that was looked for by its name."""
    if isinstance(found, Listed):
        if key == "nullable":
            return Unknown("the nullability that the database has")
        return found if key == "name" else Unknown("what the database has")
    query = found.query
    if key == 0:
        return found
    if query.question == "column" and query.expected and key == "nullable":
        return replace(query, question="nullable")
    if query.question == "column" and query.expected and key == "type":
        return Some(replace(query, question="type"))
    return Unknown("what the database has")
