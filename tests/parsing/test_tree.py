"""The tree of a file is the one that LibCST makes."""

from __future__ import annotations

import inspect
import subprocess
import sys
import unittest.mock
from collections.abc import Callable
from typing import Any

import libcst
import pytest

from alembic_review.parsing import evaluate, tree
from alembic_review.parsing.tree import NotPython

EVERY_KIND = """
import a.b as c, d
from . import (e, f as g)
from ..h import *
x: int = 1; y: str
x += 1 if not a or b and c else ~d ** -e // +f @ g % h << i >> j & k | l ^ m * n / o + p - q
x -= 1; x *= 1; x @= 1; x /= 1; x //= 1; x %= 1; x **= 1; x >>= 1; x <<= 1; x &= 1; x |= 1; x ^= 1
x > y >= z in a; a not in b
z = [*a, 1.5, 2j, ..., b"x", *(yield)], {1, 2}, {1: 2, **d}, (), (a := 1)
assert x < y <= z != a is not b in c, "m"
del x, y[0], z[1:2:3, ...]
@decorated(a, *b, k=1, **c)
class C(B, metaclass=M):
    "doc" 'ument'
    def f(self, a, /, b=1, *c, d: int = 2, **e) -> int: return
async def g(*, a):
    async with a as b, c: pass
    async for d in e: break
    else: continue
    return [await f async for f in g if h if i], {j for k in l}, {m: n for o in p}, (q for r in s)
def h():
    global a, b
    def i(): nonlocal c
    yield from j
    raise K from l
    return f"a {b!r:>{c}} {d = }" "e" rf"\\{x}"
while (x):
    try: pass
    except (A, B) as c: pass
    except: pass
    else: pass
    finally: pass
try: pass
except* A: pass
match x:
    case 1 | None | "a": pass
    case [a, *b] | (c, *_): pass
    case {"k": v, **rest} if rest: pass
    case C(1, k=2) as d: pass
    case e.f: pass
    case _: pass
l = lambda a, *b, c=1, **d: a
type T[U: int, *V, **W] = list[U]   # comment
if a: pass
elif b: pass
else:
    pass
"""


SOURCES = {
    "every kind": EVERY_KIND,
    "nothing": "",
    "a byte order mark and other line ends": "\ufeffx = 1\r\ny = (2,\r\n)\r",
    "no line end": "x = 1  # one",
    **{module.__name__: inspect.getsource(module) for module in (evaluate, inspect, unittest.mock)},
}


@pytest.mark.parametrize("parse", [tree._parsed_here, tree._parsed_by_libcst], ids=["here", "by LibCST"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_it_has_the_nodes_of_libcst_with_the_same_fields(source: str, parse: Callable[[str], libcst.Module]) -> None:
    assert _same(parse(source), libcst.parse_module(source))


def test_hardly_a_kind_of_node_is_not_compared() -> None:
    def kinds(node: libcst.CSTNode) -> set[str]:
        return {type(node).__name__}.union(*(kinds(child) for child in node.children))

    known = {
        name
        for name, kind in vars(libcst).items()
        if isinstance(kind, type) and issubclass(kind, libcst.CSTNode) and not inspect.isabstract(kind)
    }
    left = known - set().union(*(kinds(libcst.parse_module(source)) for source in SOURCES.values()))

    # The parser makes none of the first; the others came with newer grammars than LibCST 1.5 knows.
    assert {name for name in left if not name.startswith("Base")} <= {
        "MatchPattern",
        "StarredDictComp",
        "LazyImport",
        "LazyImportFrom",
        "TemplatedString",
        "TemplatedStringExpression",
        "TemplatedStringText",
    }


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, libcst.CSTNode):
        fields = {name: field for name, field in theirs.__dataclass_fields__.items() if name != "__slots__"}
        # The parser leaves out what is LibCST's default.
        left = {name for name, field in fields.items() if getattr(ours, name) is None}
        return (
            type(ours) is getattr(tree.cst, type(theirs).__name__)
            and vars(ours).keys() <= fields.keys()
            and all(_same(getattr(ours, name), getattr(theirs, name)) for name in fields.keys() - left)
            and all(getattr(theirs, name) in (None, fields[name].default) for name in left)
        )
    if isinstance(theirs, (list, tuple)):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    return bool(ours == theirs)


@pytest.mark.parametrize("parse", [tree._parsed_here, tree._parsed_by_libcst], ids=["here", "by LibCST"])
def test_what_is_not_python_is_told_with_its_place(parse: Callable[[str], libcst.Module]) -> None:
    source = "x = 1\nif (y:\n"
    with pytest.raises(libcst.ParserSyntaxError) as theirs:
        libcst.parse_module(source)

    with pytest.raises(NotPython) as ours:
        parse(source)

    assert (ours.value.message, ours.value.raw_line, ours.value.raw_column) == (
        theirs.value.message,
        theirs.value.raw_line,
        theirs.value.raw_column,
    )


PARSE = "from alembic_review.parsing.tree import NotPython, parsed; parsed('x')"
FAIL = "\ntry: parsed('x = (')\nexcept NotPython: pass\n"


def _run(program: str) -> str:
    """What a program prints: the parser behaves otherwise where there are threads, as those of pytest-xdist."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    "first", ["", "import libcst", "import libcst; libcst.parse_module('x')", "import libcst.native"]
)
def test_libcst_itself_stays_what_it_is(first: str) -> None:
    _run(
        f"{first}\n{PARSE}{FAIL}import sys, libcst, libcst.native\nfrom libcst import matchers, native\n"
        "ours, theirs = parsed('x = 1'), libcst.parse_module('x = 1')\n"
        "assert sys.modules['libcst'] is libcst and isinstance(theirs, libcst.Module)\n"
        "assert isinstance(native.parse_module('x'), libcst.Module) and matchers.__file__\n"
        "assert not isinstance(ours, libcst.Module) and ours.body[0].body[0].value.value == '1'\n"
        "try: libcst.Name('')\nexcept libcst.CSTValidationError: pass\n"
    )


def test_another_thread_finds_libcst_itself() -> None:
    program = f"""
import sys, threading
{PARSE}
assert "libcst" not in sys.modules
wrong, done = [], threading.Event()
def other():
    while not done.is_set():
        import libcst
        if not isinstance(libcst.parse_module("x = 1"), libcst.Module):
            wrong.append(1)
thread = threading.Thread(target=other)
thread.start()
try:
    for _ in range(300):
        assert parsed("x = [1, 2]").body[0].body[0].value.elements[1].value.value == "2"
finally:
    done.set()
    thread.join()
assert not wrong and parsed("x = 1").body[0].body[0].value.value == "1"
"""

    assert _run(program) == ""


@pytest.mark.parametrize(
    "chain",
    [
        "a and ",
        "a if b else ",
        *(
            pytest.param(
                chain,
                marks=pytest.mark.skipif(
                    sys.version_info < (3, 11),
                    reason="Python 3.10 knows no limit for it, and LibCST takes the square of its length",
                ),
            )
            for chain in ("a + ", "a.", "a[b](c).")
        ),
    ],
)
def test_a_chain_that_no_stack_holds_does_not_end_the_process(chain: str) -> None:
    program = f"""
from alembic_review.parsing.tree import NotPython, parsed
try: parsed("x = " + {chain!r} * 40_000 + "a")
except RecursionError: pass
print("alive")
"""

    assert _run(program) == "alive\n"


def test_parsing_does_not_import_what_libcst_is_made_of() -> None:
    assert _run(f"{PARSE}\nimport sys\nprint([name for name in sys.modules if name.startswith('libcst')])") == "[]\n"


def test_without_libcst_that_is_what_is_missing() -> None:
    program = (
        "import importlib.util\nimportlib.util.find_spec = lambda name: None\n"
        "try: import alembic_review.parsing.tree\nexcept ModuleNotFoundError as error: print(error)"
    )

    assert _run(program) == "No module named 'libcst'\n"
