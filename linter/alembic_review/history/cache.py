"""A folder that may be deleted at any time: what was found out once, in files that no other run can see half-written.

Nothing that goes wrong with it is told: what is broken, cut off or foreign is not there, and what cannot be written
is found out again.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

from alembic_review import __version__

_TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# This folder was made by alembic-review; it may be deleted at any time.
"""

# Anything that changes what a file is read as has to change the key of what is remembered.
_FORMAT = 3


class Cache:
    """The folder, and what is kept in it."""

    def __init__(self, folder: Path) -> None:
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
        """Remove the folder, if it is one of ours; whether there was one. Raises OSError where it cannot be removed."""
        import shutil

        if not (self.folder / "CACHEDIR.TAG").is_file():
            return False
        shutil.rmtree(self.folder)
        return True

    def _file(self, kind: str, key: str) -> Path:
        return self.folder / f"{__version__}-{_FORMAT}" / f"{kind}-{digest(key.encode())[:24]}"


def default_folder() -> Path:
    """Where caches of this user lie.

    Not in the project: what a stranger's pull request brings along must not be taken for our own findings.
    """
    from platformdirs import user_cache_path

    return user_cache_path("alembic-review", appauthor=False)


def digest(data: bytes) -> str:
    """The hash that contents are known by."""
    # Imported here since it brings OpenSSL along, which a run without a cache need not load.
    from hashlib import blake2b

    return blake2b(data, digest_size=16).hexdigest()


def checked(data: bytes) -> bytes:
    """A checksum of *data*, as text."""
    return b"%08x" % zlib.crc32(data)


def write(file: Path, data: bytes) -> None:
    """Put *data* into a file of the cache in one step, so that two runs at once see one or the other."""
    try:
        top = file.parent.parent
        if not file.parent.is_dir():
            file.parent.mkdir(parents=True, exist_ok=True)
            (top / "CACHEDIR.TAG").write_bytes(_TAG)
            (top / ".gitignore").write_bytes(b"*\n")
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
