"""A folder that may be deleted at any time: what was found out once, in files that no other run can see half-written.

Nothing that goes wrong with it is told: what is broken, cut off or foreign is not there, and what cannot be written
is found out again. But a folder that holds anything else is never taken for one: nothing is written to it, and nothing
in it is removed.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from pathlib import Path
from typing import Any

from alembic_review import __version__
from alembic_review.digest import digest

_TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# This folder was made by alembic-review; it may be deleted at any time.
"""

# Anything that changes what a file is read as has to change the key of what is remembered.
_FORMAT = 9


_TOP = {"CACHEDIR.TAG": _TAG, ".gitignore": b"*\n"}
_VERSION = re.compile(r"\d+\.\d+[\w.]*-\d+")
_KEPT = re.compile(r"(?:revisions|report)-[0-9a-f]{24}|\.new-[0-9a-f]{16}")


class CacheError(Exception):
    """A folder that is no cache: one line that says which, why, and what to do."""


class Cache:
    """The folder, and what is kept in it. It need not be there yet.

    Raises CacheError where it holds anything that no run of this tool has put there.
    """

    def __init__(self, folder: Path) -> None:
        strange = next((name for name in _listed(folder) if name not in _TOP and not _VERSION.fullmatch(name)), None)
        if strange is not None:
            raise CacheError(f"{folder}: no cache of alembic-review, it holds {strange!r}; name a folder of its own")
        self.folder = folder

    def revisions(self, history: str) -> Path:
        """The file that keeps the revisions of one history; *history* names it, and how it is read."""
        return self._file("revisions", history)

    def report(self, key: str) -> Any:
        """The JSON value kept under *key*; None where there is none."""
        try:
            lines = self._file("report", key).read_bytes().split(b"\n")
            return json.loads(lines[1]) if len(lines) == 2 and checked(lines[1]) == lines[0] else None
        except (OSError, ValueError):
            return None

    def keep_report(self, key: str, value: Any) -> None:
        """Keep a JSON value under *key*, and forget the oldest of many."""
        data = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
        file = self._file("report", key)
        write(file, b"\n".join((checked(data), data)))
        try:
            kept = sorted(file.parent.glob("report-*"), key=lambda path: path.stat().st_mtime_ns)
            for old in kept[:-20]:
                old.unlink()
        except OSError:
            pass

    def clean(self) -> bool:
        """Remove what is kept, and the folder once it is empty; whether there was one.

        Raises OSError where something cannot be removed.
        """
        if not self.folder.is_dir():
            return False
        for version in filter(_VERSION.fullmatch, _listed(self.folder)):
            for name in filter(_KEPT.fullmatch, _listed(self.folder / version)):
                (self.folder / version / name).unlink()
            (self.folder / version).rmdir()
        for name, content in _TOP.items():
            file = self.folder / name
            if file.is_file() and file.read_bytes() == content:
                file.unlink()
        self.folder.rmdir()
        return True

    def _file(self, kind: str, key: str) -> Path:
        # A path that is not UTF-8 comes with half surrogates.
        name = digest(key.encode(errors="surrogateescape"))[:24]
        return self.folder / f"{__version__}-{_FORMAT}" / f"{kind}-{name}"


def _listed(folder: Path) -> list[str]:
    """What is in a folder; nothing where there is none, or none that may be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def default_folder() -> Path:
    """Where caches of this user lie.

    Not in the project: what a stranger's pull request brings along must not be taken for our own findings.
    """
    from platformdirs import user_cache_path

    return user_cache_path("alembic-review", appauthor=False)


def checked(data: bytes) -> bytes:
    """A checksum of *data*, as text."""
    return b"%08x" % zlib.crc32(data)


def write(file: Path, data: bytes) -> None:
    """Put *data* into a file of the cache in one step, so that two runs at once see one or the other."""
    try:
        top = file.parent.parent
        if not file.parent.is_dir():
            file.parent.mkdir(parents=True, exist_ok=True)
            for name, content in _TOP.items():
                if not (top / name).exists():
                    (top / name).write_bytes(content)
        draft = file.with_name(f".new-{os.urandom(8).hex()}")
        try:
            with open(draft, "xb", opener=_own) as stream:
                stream.write(data)
            os.replace(draft, file)
        except OSError:
            draft.unlink(missing_ok=True)
    except OSError:
        # A read-only folder, a full disk: the next run reads the files again.
        return


def _own(path: str, flags: int) -> int:
    # What was read of a project is its owner's, wherever the cache lies.
    return os.open(path, flags, 0o600)
