"""Revisions that were read before: kept by the hash of what they were read from, and read again only when it changed.

A line of the file is one revision: a checksum, the hash of the content, and its parts as JSON, the ways up and down by
themselves. JSON can make nothing but the values of the vocabulary, so that a foreign file does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING
from pathlib import Path
from typing import Any, Protocol

from alembic_review import operations, revision, types
from alembic_review.history.cache import checked, digest, write
from alembic_review.operations import UNSET
from alembic_review.records import defaults
from alembic_review.revision import Lean, Revision, Unreadable
from alembic_review.types import Name


class Tree(Protocol):
    """Where the files are found that a revision leans on."""

    def module(self, name: str, base: str) -> str | None: ...

    def digest(self, path: str, base: str) -> str | None: ...


class CachedReader:
    """Reads a file from memory if its content was read before, and so was all that it leans on."""

    def __init__(self, file: Path, tree: Tree, read: Callable[[str, bytes], Revision | Unreadable]) -> None:
        self._file = file
        self._tree = tree
        self._read = read
        self._new: dict[str, bytes] = {}
        self._used: dict[str, bytes] = {}
        self._known = _entries(file)

    def __call__(self, path: str, data: bytes) -> Revision | Unreadable:
        key = digest(b"\0".join((Path(path).name.encode(errors="surrogateescape"), data)))
        line = self._known.get(key)
        if line is not None:
            found = _restored(line, path)
            if found is not None and all(self._still(lean) for lean in found.leans):
                self._used[key] = line
                return found
        read = self._read(path, data)
        if isinstance(read, Revision):
            leans = tuple([Lean(lean.name, lean.base, lean.path, self._hash(lean)) for lean in read.leans])
            self._new[key] = _stored(read, leans)
        return read

    def save(self) -> None:
        """Write down what was read, if anything was; entries of files that are no longer there are dropped."""
        if not self._new:
            return
        lines = [
            b"\t".join((checked(key.encode() + line), key.encode(), line))
            for key, line in {**self._used, **self._new}.items()
        ]
        write(self._file, b"\n".join(lines) + b"\n")

    def _still(self, lean: Lean) -> bool:
        if lean.name and self._tree.module(lean.name, lean.base) != lean.path:
            return False
        return self._hash(lean) == lean.hash

    def _hash(self, lean: Lean) -> str | None:
        if lean.path is None:
            return None
        return self._tree.digest(lean.path, "" if lean.name else lean.base)


def _entries(file: Path) -> dict[str, bytes]:
    try:
        data = file.read_bytes()
    except OSError:
        return {}
    found: dict[str, bytes] = {}
    for entry in data.split(b"\n"):
        check, _, rest = entry.partition(b"\t")
        key, _, line = rest.partition(b"\t")
        if line and check == checked(key + line):
            found[key.decode("ascii", "replace")] = line
    return found


def _stored(read: Revision, leans: tuple[Lean, ...]) -> bytes:
    parts = [
        {
            name: encoded(getattr(read, name))
            for name in defaults(Revision)
            if name not in ("path", "upgrade", "downgrade", "leans")
        },
        encoded(leans),
        encoded(read.upgrade),
        encoded(read.downgrade),
    ]
    return b"\t".join(json.dumps(part, ensure_ascii=True, separators=(",", ":")).encode() for part in parts)


def _restored(line: bytes, path: str) -> Revision | None:
    try:
        head, leans, upgrade, downgrade = line.split(b"\t")
        parts = {name: decoded(value) for name, value in json.loads(head).items()}
        return Revision(
            path=path,
            upgrade=decoded(json.loads(upgrade)),
            downgrade=decoded(json.loads(downgrade)),
            leans=decoded(json.loads(leans)),
            **parts,
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


# --- values to JSON and back ------------------------------------------------------------------------------------------
# A list stands for a value: [0, items…] a tuple, [1, key, value, …] a dict, [2] UNSET, and [n, index, value, …] the
# n-th of the classes below, with those of its fields that are not at their default.

_TUPLE, _DICT, _UNSET, _FIRST = 0, 1, 2, 3


def _classes() -> list[type]:
    found: list[type] = [Name]
    for module in (types, operations, revision):
        found += [value for value in vars(module).values() if isinstance(value, type) and defaults(value)]
    return sorted(set(found), key=lambda cls: cls.__qualname__)


_CLASSES = _classes()
_NUMBERS = {cls: _FIRST + number for number, cls in enumerate(_CLASSES)}
_FIELDS: list[list[tuple[str, Any]]] = [
    [(name, cls._field_defaults.get(name, MISSING)) for name in cls._fields]
    if cls is Name
    else list(defaults(cls).items())
    for cls in _CLASSES
]
_NAMES = [[name for name, _ in parts] for parts in _FIELDS]


def encoded(value: Any) -> Any:
    """A value of the vocabulary as lists and texts."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return str(value) if isinstance(value, str) else value
    number = _NUMBERS.get(type(value))
    if number is not None:
        found: list[Any] = [number]
        for index, (name, default) in enumerate(_FIELDS[number - _FIRST]):
            part = getattr(value, name)
            if default is MISSING or (part is not default and part != default):
                found += (index, encoded(part))
        return found
    if isinstance(value, tuple):
        return [_TUPLE, *map(encoded, value)]
    if isinstance(value, dict):
        return [_DICT, *(encoded(item) for pair in value.items() for item in pair)]
    if value is UNSET:
        return [_UNSET]
    raise TypeError(f"{type(value).__name__} is no value of the vocabulary")


def decoded(value: Any) -> Any:
    """What `encoded` was given. Raises ValueError, TypeError, KeyError or IndexError for what it never made."""
    if type(value) is not list:
        return value
    number = value[0]
    if number == _TUPLE:
        return tuple([decoded(item) for item in value[1:]])
    if number >= _FIRST:
        names = _NAMES[number - _FIRST]
        return _CLASSES[number - _FIRST](**{names[value[at]]: decoded(value[at + 1]) for at in range(1, len(value), 2)})
    if number == _DICT:
        return {decoded(value[at]): decoded(value[at + 1]) for at in range(1, len(value), 2)}
    if number == _UNSET:
        return UNSET
    raise ValueError("a number that stands for nothing")
