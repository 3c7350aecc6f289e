"""The content of a file, and the text of a Python file from its bytes."""

from __future__ import annotations

import errno
import os
import re
import stat


def content(path: str) -> bytes:
    """The bytes of a file. Raises OSError, also for a pipe or a device: some of those never end."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # For a folder, open() knows the right error.
        raise OSError(errno.EINVAL, "it is no regular file", path)
    with open(path, "rb") as stream:
        return stream.read()


def decoded(data: bytes) -> str:
    """The text of a Python file, by its byte order mark or the encoding it declares; UTF-8 otherwise.

    Raises UnicodeError, SyntaxError or LookupError where it is not in that encoding.
    """
    return data.decode(encoding(data))


def encoding(data: bytes) -> str:
    """The encoding of a Python file, by which its bytes can be made again from its text."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    head = data[:400].split(b"\n", 2)[:2]
    declared = next((match for line in head if (match := _CODING.match(line))), None)
    return declared[1].decode("ascii").lower() if declared else "utf-8"


_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
