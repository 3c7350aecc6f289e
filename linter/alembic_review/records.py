"""Dataclasses, for a command that makes two hundred of them each time it starts.

The standard library compiles six functions for each class, half a millisecond; here, what can be shared is shared, and
the one function that cannot be, `__init__`, is compiled when the first value is made. To type checkers, and to
`dataclasses.fields`, `replace` and `asdict`, they are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, field, make_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")


def defaults(cls: type) -> Mapping[str, Any]:
    """The fields of a record with their defaults, in order; MISSING where there is none, nothing for other classes."""
    found: Mapping[str, Any] = cls.__dict__.get("__parts__", {})
    return found


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:

    def dataclass(*, slots: bool, frozen: bool = False, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
        """What `dataclasses.dataclass` does with these arguments, for annotations that are kept as text.

        There is no `__post_init__`, and a field is changed by nothing but a default or a `default_factory`.
        """
        assert slots

        def made(cls: type[T]) -> type[T]:
            return _made(cls, frozen, kw_only)

        return made

    def replace(value: T, /, **changes: Any) -> T:
        """The same value with other fields, as `dataclasses.replace`."""
        cls = type(value)
        return cls(**{**dict(zip(cls.__parts__, cls.__values__(value), strict=True)), **changes})


def _made(cls: type[Any], frozen: bool, kw_only: bool) -> type[Any]:
    space = dict(cls.__dict__)
    found: dict[str, Any] = {}
    keywords: frozenset[str] = frozenset()
    for base in cls.__mro__[:0:-1]:
        if "__parts__" in base.__dict__:
            found.update(base.__dict__["__parts__"])
            keywords |= base.__dict__["__keywords__"]
    inherited = tuple(found)
    own = [name for name, kind in cls.__annotations__.items() if not kind.startswith("ClassVar")]
    for name in own:
        found[name] = space.pop(name, MISSING)
    if kw_only:
        keywords = keywords.union(own)
    space["__slots__"] = tuple([name for name in own if name not in inherited])
    space["__parts__"] = found
    space["__keywords__"] = keywords
    space["__values__"] = _values(tuple(found))
    space["__dataclass_fields__"] = _Fields()
    space["__match_args__"] = tuple([name for name in found if name not in keywords])
    shared = _FROZEN if frozen else _CHANGING
    space = {**shared, **space}
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    made: type[Any] = type(cls)(cls.__name__, cls.__bases__, space)  # type: ignore[misc]
    made.__qualname__ = cls.__qualname__
    return made


def _values(names: tuple[str, ...]) -> staticmethod[[Any], tuple[Any, ...]]:
    """What gives all fields of a record as a tuple."""
    if len(names) > 1:
        return staticmethod(attrgetter(*names))
    return staticmethod(lambda value: tuple([getattr(value, name) for name in names]))


class _Fields:
    """`__dataclass_fields__`, which the standard library works out when somebody asks for them."""

    def __get__(self, _value: object, cls: type[Any]) -> Mapping[str, Field[Any]]:
        specified = [
            (name, Any, default if isinstance(default, Field) else field(default=default))
            for name, default in cls.__parts__.items()
        ]
        twin = make_dataclass(cls.__name__, specified, kw_only=True)
        cls.__dataclass_fields__ = twin.__dataclass_fields__  # type: ignore[attr-defined]
        return twin.__dataclass_fields__  # type: ignore[attr-defined,no-any-return]


def _first_init(self: Any, *args: Any, **named: Any) -> None:
    cls = type(self)
    cls.__init__ = _init(cls)
    cls.__init__(self, *args, **named)


def _init(cls: type[Any]) -> Callable[..., None]:
    """The `__init__` of a record; that of a frozen one goes by the slots' descriptors, past its `__setattr__`."""
    scope: dict[str, Any] = {}
    positional: list[str] = []
    keywords: list[str] = []
    lines: list[str] = []
    for name, default in cls.__parts__.items():
        value = name
        parameter = name
        if isinstance(default, Field):
            scope[f"_new_{name}"] = default.default_factory
            scope["_MISSING"] = MISSING
            parameter = f"{name}=_MISSING"
            value = f"_new_{name}() if {name} is _MISSING else {name}"
        elif default is not MISSING:
            scope[f"_default_{name}"] = default
            parameter = f"{name}=_default_{name}"
        (keywords if name in cls.__keywords__ else positional).append(parameter)
        if cls.__setattr__ is _refuse:
            scope[f"_set_{name}"] = getattr(cls, name).__set__
            lines.append(f"    _set_{name}(self, {value})")
        else:
            lines.append(f"    self.{name} = {value}")
    if keywords:
        positional += ["*", *keywords]
    exec("\n".join((f"def __init__(self, {', '.join(positional)}):", *lines, "    pass")), scope)  # noqa: S102
    init: Callable[..., None] = scope["__init__"]
    return init


def _repr(self: Any) -> str:
    cls = type(self)
    told = zip(cls.__parts__, cls.__values__(self), strict=True)
    return f"{cls.__qualname__}({', '.join([f'{name}={value!r}' for name, value in told])})"


def _eq(self: Any, other: object) -> bool:
    values = type(self).__values__
    return values(self) == values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    cls = type(self)
    return hash(cls.__values__(self))


def _refuse(_self: object, name: str, *_value: object) -> None:
    raise FrozenInstanceError(f"cannot change the field {name!r}")


_CHANGING = {"__init__": _first_init, "__repr__": _repr, "__eq__": _eq}
_FROZEN = {**_CHANGING, "__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
