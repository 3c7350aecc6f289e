"""Where a report goes, and whether it may be in colour."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from alembic_review.cli.stop import Stop


@contextmanager
def output(file: Path | None) -> Iterator[TextIO]:
    """A stream to standard output, or to a file that is replaced as a whole once everything is written.

    A reader who leaves early (``| head``) is no error. Raises Stop where the file cannot be written.
    """
    if file is None:
        if sys.stdout is None:  # So Python has it where the shell closed it: >&-
            raise Stop("standard output is closed: open it, or name an --output-file")
        if sys.platform == "win32":  # The console of Windows has to be told that escape sequences are meant.
            import colorama  # Comes with click there.

            colorama.just_fix_windows_console()
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes again when it ends, and would complain then.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        with _replacing(file) as stream:
            yield stream
    except OSError as error:
        raise Stop(f"{file}: cannot be written: {error.strerror}") from None


@contextmanager
def _replacing(file: Path) -> Iterator[TextIO]:
    target = file.resolve()
    if target.exists() and not target.is_file():  # A device or a pipe has to be written to as it is.
        with target.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    with io.StringIO() as text:
        yield text
        replace_file(file, text.getvalue().encode())


def replace_file(file: Path, data: bytes) -> None:
    """Put *data* into a file in one step; its mode stays, and of a symbolic link, what it points at is replaced.

    Raises OSError where the file cannot be written, or is not meant to be: one that is read-only stays as it is.
    """
    target = file.resolve()
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        draft.write_bytes(data)
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o7777)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def may_color(when: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether colour is wanted: `when` is ``always``, ``never`` or ``auto``.

    What ``auto`` asks, and in which order, is what Python itself does for its tracebacks: NO_COLOR, FORCE_COLOR
    (each if it is not empty), TERM=dumb, and then whether the stream is a terminal.
    """
    if when != "auto":
        return when == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return environment.get("TERM") != "dumb" and stream.isatty()
