"""The hash that contents are known by, and the one that SQLAlchemy shortens names with."""

from __future__ import annotations

try:
    # The very ones that hashlib can give out, without the OpenSSL that it brings along: 3.5 MiB.
    from _blake2 import blake2b
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:
    from hashlib import blake2b, md5


def digest(data: bytes) -> str:
    """32 hexadecimal digits, the same for the same bytes only."""
    return blake2b(data, digest_size=16).hexdigest()


def md5_digits(data: bytes) -> str:
    """The 32 hexadecimal digits of MD5, which is good for names and not for secrets."""
    return str(md5(data, usedforsecurity=False).hexdigest())
