"""A deep stack for compiled parsers, which end the process when they run out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def with_stack(size: int, call: Callable[[], T]) -> T:
    """What *call* returns or raises, with *size* bytes of stack. Raises MemoryError where there are not as many."""
    import threading

    returned: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            returned.append(call())
        except BaseException as error:
            raised.append(error)

    usual = threading.stack_size(size)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    except RuntimeError:
        raise MemoryError from None
    finally:
        threading.stack_size(usual)
    thread.join()
    if raised:
        raise raised[0]
    return returned[0]
