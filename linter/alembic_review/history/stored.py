"""Revisions that were read before: kept by the hash of what they were read from, and read again only when it changed.

A line of the file is one revision: a checksum, the hash of the content, and its parts as JSON. It is decoded to the
types of the vocabulary and to nothing else, so that a foreign file does no harm.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Union

import msgspec.json
from msgspec import Raw, Struct
from msgspec.structs import replace

from alembic_review.digest import digest
from alembic_review.history.cache import checked, write
from alembic_review.operations import Operation
from alembic_review.revision import Lean, Revision, Unreadable


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
        key = digest(b"\0".join((os.path.basename(path).encode(errors="surrogateescape"), data)))
        line = self._known.get(key)
        if line is not None:
            found = _restored(line, path)
            if found is not None and all(self._still(lean) for lean in found.leans):
                self._used[key] = line
                return found
        read = self._read(path, data)
        if isinstance(read, Revision):
            leans = tuple([Lean(lean.name, lean.base, lean.path, self._hash(lean)) for lean in read.leans])
            stored = _stored(read, leans)
            if stored is not None:
                self._new[key] = stored
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


def _stored(read: Revision, leans: tuple[Lean, ...]) -> bytes | None:
    """The line of a revision; None for what JSON cannot write, such as half of a surrogate pair."""
    try:
        ways = [Raw(_ENCODER.encode(way)) for way in (read.upgrade, read.downgrade)]
        return _ENCODER.encode(_Stored(replace(read, path="", leans=leans, upgrade=None, downgrade=None), *ways))
    except (ValueError, OverflowError, RecursionError):
        return None


def _restored(line: bytes, path: str) -> Revision | None:
    try:
        stored = _STORED.decode(line)
        upgrade, downgrade = _WAY.decode(stored.upgrade), _WAY.decode(stored.downgrade)
    except (ValueError, RecursionError):
        return None
    return replace(stored.revision, path=path, upgrade=upgrade, downgrade=downgrade)


class _Stored(Struct, array_like=True):
    """A revision without its path, and its ways, which are decoded by the kinds of operations there are."""

    revision: Revision
    upgrade: Raw
    downgrade: Raw


def _kinds(kind: type[Operation]) -> Iterator[type[Operation]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


def _text(value: object) -> str:
    """A text of the evaluator, which knows where it stands, as one that does not."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of the vocabulary")


_ENCODER = msgspec.json.Encoder(enc_hook=_text)
_STORED = msgspec.json.Decoder(_Stored)
_WAY: msgspec.json.Decoder[tuple[Operation, ...] | None] = msgspec.json.Decoder(
    tuple[Union[tuple(_kinds(Operation))], ...] | None  # type: ignore[misc]  # noqa: UP007
)
