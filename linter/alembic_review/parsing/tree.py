"""LibCST's tree of a file, in nodes that are there to be read and for nothing else.

LibCST's parser is compiled. It makes every node by calling the class of its name in the module `libcst`. Those are made
for programs that change trees: to define them takes 0.14 s, twice what all else does for one new revision, and to fill
and check them a quarter of the parsing. So while it parses for us, the parser finds `cst` in that place: the same names
of nodes and fields, but plain values, where a field that the parser leaves out is None.

Type checkers see LibCST itself. A test holds the trees against its own, node by node.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

__all__ = ["NotPython", "beside", "cst", "parsed"]


class NotPython(Exception):
    """What LibCST's parser says of a text that is not Python: its ParserSyntaxError.

    `raw_line` counts from 1 and `raw_column` from 0, in characters.
    """

    def __init__(self, message: str, *, lines: Sequence[str], raw_line: int, raw_column: int) -> None:
        super().__init__(message)
        self.message = message
        self.raw_line = raw_line
        self.raw_column = raw_column


class _Node(SimpleNamespace):
    def __getattr__(self, name: str) -> None:
        return None


def _kind(name: str) -> type:
    """A kind of node, made when it is first asked for: a newer LibCST may know more of them than we do."""
    if name.startswith("__"):
        raise AttributeError(name)
    kind = type(name, (_Node,), {})
    setattr(cst, name, kind)
    return kind


if TYPE_CHECKING:
    import libcst as cst
else:
    cst = ModuleType("libcst")
    # What Python looks at each time that the parser imports `libcst`.
    cst.__spec__ = find_spec("libcst")
    cst.__spec__._initializing = False
    cst.__path__ = cst.__spec__.submodule_search_locations
    cst.__getattr__ = _kind
    cst.ParserSyntaxError = NotPython

_PARSING = Lock()


class _InPlaceOfLibcst:
    """While this is entered, `libcst` is `cst`, in one thread at a time."""

    def __enter__(self) -> None:
        _PARSING.acquire()
        self._before = sys.modules.get("libcst")
        sys.modules["libcst"] = cst

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            del sys.modules["libcst"]
        else:
            sys.modules["libcst"] = self._before
        _PARSING.release()


with _InPlaceOfLibcst():
    _parse = import_module("libcst.native").parse_module

_ALWAYS_SHALLOW = 8_000  # Characters: LibCST's stack holds any chain of operators that fits.
_MANY_BRACKETS = 1_000


def parsed(text: str) -> cst.Module:
    """LibCST's tree of a file. Raises NotPython, and RecursionError where it nests too deeply.

    LibCST's parser ends the process when it runs out of stack (seen with libcst 1.8: 1,500 brackets, 10,000 minus
    signs), so a file that could be that deep is shown to Python's parser first, which raises.
    """
    if len(text) > _ALWAYS_SHALLOW or text.count("(") + text.count("[") + text.count("{") > _MANY_BRACKETS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
        except MemoryError:
            raise RecursionError from None
        except SyntaxError as error:
            # Any other error is LibCST's to tell: it may know a newer Python than the one that runs.
            if "too many" in str(error):
                raise RecursionError from None
        except ValueError:
            pass
    with _InPlaceOfLibcst():
        return _parse(text)  # type: ignore[no-any-return]


def beside(node: object, other: object) -> Iterator[tuple[Any, Any]]:
    """Pairs of a node of our tree and the same one of the tree that LibCST makes itself of the same text."""
    if isinstance(node, (list, tuple)) and isinstance(other, (list, tuple)):
        for ours, theirs in zip(node, other, strict=True):
            yield from beside(ours, theirs)
    elif isinstance(node, _Node):
        yield node, other
        for name, value in vars(node).items():
            yield from beside(value, getattr(other, name))
