"""LibCST's tree of a file, in nodes that are there to be read and for nothing else.

LibCST's parser is compiled. It makes every node by calling the class of its name in the module `libcst`. Those are made
for programs that change trees: to define them takes 0.14 s, twice what all else does for one new revision, and to fill
and check them a quarter of the parsing. So while it parses for us, the parser finds `cst` in that place: nodes with the
names and fields of LibCST's, but plain values, where what the parser leaves out is None.

Where other threads run, which could find it there too, LibCST makes its own tree, and that is turned into ours.

Type checkers see LibCST itself.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from alembic_review.parsing.stack import with_stack

__all__ = ["NotPython", "cst", "of_libcst", "parsed", "turned"]


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
        if name.startswith("__"):
            raise AttributeError(name)


def _kind(name: str) -> type:
    """A kind of node, made when it is first asked for: a newer LibCST may know more of them than we do."""
    if name.startswith("__"):
        raise AttributeError(name)
    kind: type = vars(cst).setdefault(name, type(name, (_Node,), {}))
    return kind


if TYPE_CHECKING:
    import libcst as cst
else:
    cst = ModuleType("libcst")
    # What Python looks at each time that the parser imports `libcst`.
    cst.__spec__ = ModuleSpec("libcst", None)
    cst.__spec__._initializing = False
    cst.__path__ = []
    cst.__getattr__ = _kind
    cst.ParserSyntaxError = NotPython

_PARSER = "libcst.native"


def _parser() -> Any:
    """LibCST's compiled part, without the rest of it, for which all is left as it was."""
    loaded = sys.modules.get("libcst")
    if loaded is not None:
        return import_module(_PARSER)
    spec = find_spec("libcst")
    if spec is None:
        raise ModuleNotFoundError("No module named 'libcst'", name="libcst")
    cst.__path__ = list(spec.submodule_search_locations or ())
    sys.modules["libcst"] = cst
    try:
        return import_module(_PARSER)
    finally:
        sys.modules.pop("libcst", None)
        # LibCST will import it in its turn, and the same one.
        sys.modules.pop(_PARSER, None)


_parse = _parser().parse_module

_ALWAYS_SHALLOW = 8_000  # Characters: any stack holds whatever chain of operators fits.
_MANY_BRACKETS = 1_000
_OPERATORS = re.compile(r"\b(?:and|or|not|else|lambda|await)\b|[-+*/%|&^~<>@]")
_MANY_OPERATORS = 2_000
_PER_CHARACTER, _MOST = 1_000, 1024**3  # Bytes of stack. Seen with libcst 1.9: 900 for an operator and its operand.


def parsed(text: str) -> cst.Module:
    """LibCST's tree of a file. Raises NotPython, and RecursionError where it nests too deeply.

    LibCST's parser ends the process when it runs out of stack (seen with libcst 1.8: 1,500 brackets, 10,000 minus
    signs), so a file that could be that deep is shown to Python's parser first, which raises, and what that takes for
    flat, such as a chain of ``and``, gets a stack that it fits into where there are as many operators.
    """
    return _within_the_stack(text, _parsed_here if len(sys._current_frames()) == 1 else _parsed_by_libcst)


def of_libcst(text: str) -> cst.Module:
    """The tree that LibCST makes itself, for what only that can be asked. Raises as `parsed` does."""
    return _within_the_stack(text, _made_by_libcst)


def _within_the_stack(text: str, parse: Callable[[str], cst.Module]) -> cst.Module:
    if len(text) <= _ALWAYS_SHALLOW and text.count("(") + text.count("[") + text.count("{") <= _MANY_BRACKETS:
        return parse(text)
    if len(_OPERATORS.findall(text)) <= _MANY_OPERATORS:
        return _parsed_if_shallow(text, parse)
    # Not for all, since what a thread allocates it takes from memory of its own, which costs some milliseconds.
    return with_stack(min(_PER_CHARACTER * len(text), _MOST), lambda: _parsed_if_shallow(text, parse))


def _parsed_if_shallow(text: str, parse: Callable[[str], cst.Module]) -> cst.Module:
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
    return parse(text)


def _parsed_here(text: str) -> cst.Module:
    before = sys.modules.get("libcst")
    sys.modules["libcst"] = cst
    try:
        module = _parse(text)
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            # For want of stack, a kind of node could not be made.
            raise RecursionError from None
        raise
    finally:
        if before is None:
            sys.modules.pop("libcst", None)
        else:
            sys.modules["libcst"] = before
    # A LibCST that keeps its classes makes its own nodes.
    return module if type(module) is cst.Module else turned(module)[0]


def _parsed_by_libcst(text: str) -> cst.Module:
    return turned(_made_by_libcst(text))[0]


def _made_by_libcst(text: str) -> cst.Module:
    import libcst

    try:
        return libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        raise NotPython(error.message, lines=(), raw_line=error.raw_line, raw_column=error.raw_column) from None


def turned(module: Any) -> tuple[cst.Module, dict[int, Any]]:
    """The tree that LibCST makes itself in nodes of ours, and the node of LibCST's for the id() of each."""
    from libcst import CSTNode, MaybeSentinel

    theirs: dict[int, Any] = {}
    todo: list[tuple[Any, Any]] = []

    def ours(value: Any) -> Any:
        if isinstance(value, CSTNode):
            node = getattr(cst, type(value).__name__)()
            theirs[id(node)] = value
            todo.append((node, value))
            return node
        if isinstance(value, (list, tuple)):
            return [ours(item) for item in value]
        return None if isinstance(value, MaybeSentinel) else value

    tree: cst.Module = ours(module)
    while todo:
        node, value = todo.pop()
        for name in value.__dataclass_fields__:
            if name != "__slots__":
                setattr(node, name, ours(getattr(value, name)))
    return tree, theirs
