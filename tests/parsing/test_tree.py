"""The tree of a file is the one that LibCST makes."""

from __future__ import annotations

import inspect
import subprocess
import sys
import unittest.mock
from typing import Any

import libcst
import pytest

from alembic_review.parsing import evaluate
from alembic_review.parsing.tree import NotPython, parsed

EVERY_KIND = """
import a.b as c, d
from . import (e, f as g)
from ..h import *
x: int = 1; y: str
x += 1 if not a or b and c else ~d ** -e // +f @ g % h << i >> j & k | l ^ m
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


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_it_has_the_nodes_of_libcst_with_the_same_fields(source: str) -> None:
    assert _same(parsed(source), libcst.parse_module(source))


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, libcst.CSTNode):
        fields = {name: field for name, field in theirs.__dataclass_fields__.items() if name != "__slots__"}
        # The parser leaves out what is LibCST's default.
        return (
            type(ours).__name__ == type(theirs).__name__
            and vars(ours).keys() <= fields.keys()
            and all(_same(getattr(ours, name), getattr(theirs, name)) for name in vars(ours))
            and all(getattr(theirs, name) == fields[name].default for name in fields.keys() - vars(ours).keys())
        )
    if isinstance(theirs, (list, tuple)):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    return bool(ours == theirs)


def test_what_is_not_python_is_told_with_its_place() -> None:
    source = "x = 1\nif (y:\n"
    with pytest.raises(libcst.ParserSyntaxError) as theirs:
        libcst.parse_module(source)

    with pytest.raises(NotPython) as ours:
        parsed(source)

    assert (ours.value.message, ours.value.raw_line, ours.value.raw_column) == (
        theirs.value.message,
        theirs.value.raw_line,
        theirs.value.raw_column,
    )


@pytest.mark.parametrize(
    "program",
    [
        "import libcst; from alembic_review.parsing.tree import parsed",
        "from alembic_review.parsing.tree import parsed; parsed('x'); import libcst",
        "import libcst.native; from alembic_review.parsing.tree import parsed; import libcst.metadata",
    ],
)
def test_libcst_itself_stays_what_it_is(program: str) -> None:
    program += (
        "\nimport sys\nours = parsed('x = 1')\ntheirs = libcst.parse_module('x = 1')"
        "\nassert sys.modules['libcst'] is libcst and isinstance(theirs, libcst.Module)"
        "\nassert not isinstance(ours, libcst.Module) and ours.body[0].body[0].value.value == '1'"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60)

    assert (done.returncode, done.stderr) == (0, "")


def test_parsing_does_not_import_what_libcst_is_made_of() -> None:
    program = (
        "import sys\nfrom alembic_review.parsing.tree import parsed\nparsed('x = 1')\n"
        "print(sorted(name for name in sys.modules if name.startswith('libcst')))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60)

    assert (done.stdout, done.stderr) == ("['libcst.native']\n", "")
