"""Lists, sets and dicts that are filled on conditions: which items they have, and on what each of them hangs."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from alembic_review.operations import Condition
from alembic_review.parsing.values import Query, Unknown

When = tuple[Condition, ...]
"""What has to be so for an item to be there; empty where it always is."""

Items = list[tuple[Any, When]]

_ADDS = frozenset(["append", "add", "extend", "update", "insert", "setdefault"])
_TAKES = frozenset(["pop", "popitem", "remove", "discard", "clear", "difference_update", "intersection_update"])
CHANGES = _ADDS | _TAKES
"""The methods that change what a container has."""


class Gathered(Struct):
    """What is known of a container whose items hang on conditions.

    `whens` are those of the items, by an item's index in a list, its key in a dict, or itself in a set; what is not
    in it is always there. `open`: it may have other items.
    """

    container: Any
    whens: dict[Any, When] = field(default_factory=dict)
    open: bool = False

    def items(self) -> Items:
        """What a loop goes through, each with what it hangs on."""
        if isinstance(self.container, list):
            return [(item, self.whens.get(index, ())) for index, item in enumerate(self.container)]
        known = sorted(self.container, key=str) if isinstance(self.container, set) else list(self.container)
        return [(item, self.whens.get(item, ())) for item in known]

    def pairs(self) -> Items:
        """The keys and values of a dict, each pair with what it hangs on."""
        return [((key, value), self.whens.get(key, ())) for key, value in self.container.items()]

    def filled(self) -> bool | Query:
        """Whether there is anything in it."""
        return _any(self.items(), self.open)

    def has(self, item: Any) -> bool | Query:
        """Whether *item* is in it."""
        return _any([(one, when) for one, when in self.items() if one == item], self.open)

    def take(self, why: Condition) -> None:
        """Anything of it may be taken out, on a condition."""
        for key in range(len(self.container)) if isinstance(self.container, list) else list(self.container):
            self.whens[key] = (*self.whens.get(key, ()), why)


def gathered(items: Items, kind: type, *, open_: bool = False) -> Gathered:
    """A new container of *kind* with these items; for a dict they are pairs."""
    container: Any = kind()
    made = Gathered(container, open=open_)
    for item, when in items:
        put(made, item, when)
    return made


def put(made: Gathered, item: Any, when: When) -> None:
    """Add an item, a pair for a dict. What is there already is there whatever *when* says."""
    container = made.container
    if isinstance(container, list):
        if when:
            made.whens[len(container)] = when
        container.append(item)
        return
    key = item[0] if isinstance(container, dict) else item
    try:
        there = key in container
    except TypeError:
        made.open = True
        return
    if isinstance(container, dict):
        if there and when and container[key] is not item[1]:
            container[key] = Unknown("a value that depends on a condition", (container[key], item[1]))
        else:
            container[key] = item[1]
    else:
        container.add(key)
    if not when:
        made.whens.pop(key, None)
    elif not there:
        made.whens[key] = when


def all_of(when: When) -> Query:
    """The question whether all of some conditions hold."""
    parts = [_asked(condition) for condition in when]
    return parts[0] if len(parts) == 1 else Query("all", parts=tuple(parts))


def _any(items: Items, open_: bool) -> bool | Query:
    if any(not when for _item, when in items):
        return True
    if open_:
        return Query("unknown", text="a collection that is filled in a loop over what is not known")
    if not items:
        return False
    parts = tuple([all_of(when) for _item, when in items])
    return parts[0] if len(parts) == 1 else Query("any", parts=parts)


def _asked(condition: Condition) -> Query:
    return Query(
        condition.question,
        condition.table,
        condition.name,
        condition.expected,
        tuple([_asked(part) for part in condition.parts]),
        condition.text,
        condition.since,
    )


def adds(name: str) -> bool:
    """Whether a method adds to a container."""
    return name in _ADDS


def further(conditions: When, known: When) -> When:
    """The conditions that are not among those known."""
    if not known:
        return conditions
    there = {(one.id, one.expected) for one in known}
    return tuple([one for one in conditions if (one.id, one.expected) not in there])
