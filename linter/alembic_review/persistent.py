"""A mapping that is never changed: a new one shares with the old one whatever is the same in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_BUCKETS = 64
_MASK = _BUCKETS - 1


class Shared(Mapping[K, V]):
    """A mapping in 64 small buckets; setting a key copies its bucket alone.

    Copying one dict of all tables for each operation would make a replay quadratic in the length of the history.
    It iterates in the order of the keys' text, so that the same schema always reads the same.
    """

    __slots__ = ("_buckets", "_size")

    def __init__(self) -> None:
        self._buckets: list[dict[K, V]] = [{}] * _BUCKETS
        self._size = 0

    def __getitem__(self, key: K) -> V:
        return self._buckets[hash(key) & _MASK][key]

    def get(self, key: K, default: V | None = None) -> V | None:  # type: ignore[override]
        """The value of *key*, or *default*."""
        return self._buckets[hash(key) & _MASK].get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._buckets[hash(key) & _MASK]

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[K]:
        return iter(sorted((key for bucket in self._buckets for key in bucket), key=str))

    def unsorted(self) -> Iterator[V]:
        """The values in no order, for questions that no order answers otherwise; to begin costs nothing."""
        return (value for bucket in self._buckets for value in bucket.values())

    def put(self, key: K, value: V) -> Shared[K, V]:
        """The same mapping with *key* set to *value*."""
        number = hash(key) & _MASK
        old = self._buckets[number]
        bucket = old.copy()
        bucket[key] = value
        return self._with(number, bucket, self._size - len(old) + len(bucket))

    def without(self, key: K) -> Shared[K, V]:
        """The same mapping without *key*, which need not be there."""
        number = hash(key) & _MASK
        bucket = self._buckets[number]
        if key not in bucket:
            return self
        bucket = bucket.copy()
        del bucket[key]
        return self._with(number, bucket, self._size - 1)

    def differing(self, other: Shared[K, V]) -> list[K]:
        """The keys that are in one of the two only, or whose values are not the same object, in order of their text.

        It costs what has changed, not what there is.
        """
        if self is other:
            return []
        keys: set[K] = set()
        for mine, theirs in zip(self._buckets, other._buckets, strict=True):
            if mine is not theirs:
                keys.update(key for key, value in mine.items() if theirs.get(key) is not value)
                keys.update(key for key in theirs if key not in mine)
        return sorted(keys, key=str)

    def _with(self, number: int, bucket: dict[K, V], size: int) -> Shared[K, V]:
        changed: Shared[K, V] = Shared.__new__(Shared)
        changed._buckets = self._buckets.copy()
        changed._buckets[number] = bucket
        changed._size = size
        return changed
