"""The attributes of objects while branches run that may give them values, or may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from alembic_review.parsing.either import EITHER
from alembic_review.parsing.values import InstanceOf, Made, Unknown

T = TypeVar("T")

_NONE = object()  # Of an attribute that the object itself does not have.

Given = dict[tuple[int, str], tuple[dict[str, Any], str, Any, Any]]
"""By object and name: the attributes of the object, the name, and the values before and after."""


class Attributes:
    """What is given to attributes, so that it can be taken back where it was given on a branch."""

    __slots__ = ("_branches",)

    def __init__(self) -> None:
        self._branches: list[dict[tuple[int, str], tuple[dict[str, Any], str, Any]]] = []

    def give(self, owner: InstanceOf | Made, name: str, value: Any) -> None:
        """``owner.name = value``."""
        self._give(owner.kwargs, name, value)

    def _give(self, attributes: dict[str, Any], name: str, value: Any) -> None:
        if self._branches:
            self._branches[-1].setdefault((id(attributes), name), (attributes, name, attributes.get(name, _NONE)))
        if value is _NONE:
            attributes.pop(name, None)
        else:
            attributes[name] = value

    def apart(self, branch: Callable[[], T]) -> tuple[T, Given]:
        """What a branch comes to, and what it has given, which is taken back."""
        self._branches.append({})
        try:
            value = branch()
        finally:
            given = self._taken_back()
        return value, given

    def _taken_back(self) -> Given:
        given: Given = {}
        for key, (attributes, name, before) in self._branches.pop().items():
            given[key] = (attributes, name, before, attributes.get(name, _NONE))
            if before is _NONE:
                attributes.pop(name, None)
            else:
                attributes[name] = before
        return given

    def settle(self, one: Given, other: Given, either_of: Callable[[Any, Any], Any]) -> None:
        """Of two branches one has run: the attributes that they have given have the values of the one or the other."""
        for key, (attributes, name, before, _) in {**other, **one}.items():
            first, second = (given[key][3] if key in given else before for given in (one, other))
            unknown = first is not second and _NONE in (first, second)
            self._give(attributes, name, Unknown(EITHER) if unknown else either_of(first, second))
