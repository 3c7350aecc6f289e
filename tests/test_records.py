"""Records hold against the dataclasses of the standard library, which they stand for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar

import pytest

from alembic_review import records
from alembic_review.records import defaults


def _classes(dataclass: Callable[..., Any]) -> tuple[type[Any], type[Any], type[Any], type[Any]]:
    """A base, one derived from it, one that can change, and one without fields; made by *dataclass*."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Base:
        place: int
        note: str = ""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Derived(Base):
        kind: ClassVar[str] = "derived"
        names: tuple[str, ...] = ()
        found: dict[str, int] = field(default_factory=dict)

        @property
        def first(self) -> str:
            return self.names[0]

    @dataclass(slots=True)
    class Node:
        value: object
        way: tuple[int, ...] = ()

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return Base, Derived, Node, Empty


OURS = _classes(records.dataclass)
THEIRS = _classes(dataclasses.dataclass)
BOTH = pytest.mark.parametrize("classes", [OURS, THEIRS], ids=["ours", "theirs"])


@BOTH
def test_a_value_is_made_from_its_fields_and_their_defaults(classes: tuple[type[Any], ...]) -> None:
    _, derived, node, empty = classes

    made = derived(place=3, names=("a",))

    assert (made.place, made.note, made.names, made.found, made.first) == (3, "", ("a",), {}, "a")
    assert made.found is not derived(place=3).found
    assert (node(1, (2,)).way, empty()) == ((2,), empty())


@BOTH
@pytest.mark.parametrize("arguments", [{}, {"place": 1, "other": 2}])
def test_what_does_not_fit_is_refused(classes: tuple[type[Any], ...], arguments: dict[str, Any]) -> None:
    for cls in classes[:3]:
        with pytest.raises(TypeError):
            cls(**arguments)
        with pytest.raises(TypeError):
            cls(1, 2, 3)


@BOTH
def test_values_are_equal_by_class_and_fields(classes: tuple[type[Any], ...]) -> None:
    base, derived, node, empty = classes

    assert base(place=1) == base(place=1)
    assert base(place=1) != base(place=2)
    assert base(place=1) != derived(place=1)
    assert hash(base(place=1)) == hash(base(place=1))
    assert hash(empty()) == hash(empty())
    assert node([1]) == node([1])
    with pytest.raises(TypeError):
        hash(node(1))


@BOTH
def test_only_a_frozen_value_refuses_changes(classes: tuple[type[Any], ...]) -> None:
    base, derived, node, _ = classes

    for made in (base(place=1), derived(place=1)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.place = 2
        with pytest.raises(dataclasses.FrozenInstanceError):
            del made.place
        assert made.place == 1
    changing = node(1)
    changing.value = 2
    assert changing == node(2)


@BOTH
def test_there_is_no_room_for_anything_else(classes: tuple[type[Any], ...]) -> None:
    for made in (classes[1](place=1), classes[2](1)):
        assert not hasattr(made, "__dict__")


def test_the_text_of_a_value_and_its_pattern_are_the_same() -> None:
    for ours, theirs in zip(OURS, THEIRS, strict=True):
        arguments = {"place": 1} if ours in OURS[:2] else {"value": "x"} if ours is OURS[2] else {}
        assert repr(ours(**arguments)) == repr(theirs(**arguments))
        assert ours.__match_args__ == theirs.__match_args__


@pytest.mark.parametrize("replace", [records.replace, dataclasses.replace])
def test_replacing_makes_another_value(replace: Callable[..., Any]) -> None:
    was = OURS[1](place=1, note="n")

    now = replace(was, place=2)

    assert (now, was) == (OURS[1](place=2, note="n"), OURS[1](place=1, note="n"))


def test_the_standard_library_knows_a_record() -> None:
    for ours, theirs in zip(OURS, THEIRS, strict=True):
        assert dataclasses.is_dataclass(ours)
        assert [one.name for one in dataclasses.fields(ours)] == [one.name for one in dataclasses.fields(theirs)]
    assert dataclasses.asdict(OURS[1](place=1)) == dataclasses.asdict(THEIRS[1](place=1))


def test_a_class_tells_its_fields_with_their_defaults() -> None:
    assert defaults(OURS[0]) == {"place": dataclasses.MISSING, "note": ""}
    assert defaults(int) == {}
