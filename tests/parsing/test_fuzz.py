"""Whatever a file holds, reading it ends in a revision or in a reason."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_review.parsing.module import Reader
from alembic_review.revision import Revision, Unreadable
from tests.parsing.reading import PATH, Files, read_any

STDLIB = Path(sysconfig.get_path("stdlib"))
# Every 12th file is enough for each run; all of them are read where ALEMBIC_REVIEW_EXHAUSTIVE is set.
STEP = 1 if os.environ.get("ALEMBIC_REVIEW_EXHAUSTIVE") else 12
FILES = sorted(path for folder in ("test", "asyncio", "unittest", "email") for path in (STDLIB / folder).rglob("*.py"))


@pytest.mark.parametrize("part", range(4))
def test_every_file_of_python_itself_ends_in_a_reason_or_a_revision(part: int) -> None:
    reader = Reader(Files())
    head = b"from alembic import op\nrevision = 'a'\ndown_revision = None\n"
    for path in FILES[::STEP][part::4]:
        data = path.read_bytes()
        assert isinstance(reader.read(PATH, data), (Revision, Unreadable)), path
        assert isinstance(reader.read(PATH, data + b"\n" + head + _upgrade(data)), (Revision, Unreadable)), path


def _upgrade(data: bytes) -> bytes:
    """An upgrade() that calls every function that the file defines at its top."""
    names = [line[4:].partition(b"(")[0] for line in data.split(b"\n") if line.startswith(b"def ")]
    known = [name for name in names if name.decode("ascii", "replace").isidentifier()]
    calls = b"".join(b"    " + name + b"(op.get_bind())\n" for name in known)
    return b"def upgrade():\n    pass\n" + calls


NAMES = st.sampled_from(["op", "sa", "t", "x", "bind", "str", "range", "upgrade", "conn", "None", "globals"])
EXPRESSIONS = st.recursive(
    st.one_of(
        NAMES,
        st.integers(-3, 10**9).map(str),
        st.text(max_size=6).map(repr),
        st.sampled_from(["'%s'", "'{}'", "f'{x}'", "[]", "{}", "()", "...", "op.get_bind()", "'DROP TABLE t'"]),
    ),
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "*", "%", "-", "/", "//", "**", "<<", "|", "==", "in", "and", "or", "is"]),
            inner,
        ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(inner, st.lists(inner, max_size=3)).map(lambda parts: f"({parts[0]})({', '.join(parts[1])})"),
        st.tuples(
            inner,
            st.sampled_from(
                ["execute", "format", "join", "items", "append", "dialect", "name", "create", "c", "values", "split"]
            ),
            st.lists(inner, max_size=2),
        ).map(lambda parts: f"({parts[0]}).{parts[1]}({', '.join(parts[2])})"),
        st.tuples(
            st.sampled_from(
                [
                    "op.add_column",
                    "op.create_table",
                    "op.execute",
                    "sa.Column",
                    "sa.Enum",
                    "op.alter_column",
                    "sa.text",
                    "op.create_index",
                    "op.drop_constraint",
                    "op.batch_alter_table",
                    "sorted",
                    "len",
                    "zip",
                    "any",
                    "int",
                ]
            ),
            st.lists(inner, max_size=4),
        ).map(lambda parts: f"{parts[0]}({', '.join(parts[1])})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]})[{parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"[{parts[0]} for x in ({parts[1]})]"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        inner.map(lambda body: f"(lambda x: {body})"),
        inner.map(lambda body: f"(not {body})"),
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.tuples(inner, inner).map(lambda parts: f"{{{parts[0]}: {parts[1]}}}"),
    ),
    max_leaves=12,
)
STATEMENTS = st.recursive(
    st.one_of(
        EXPRESSIONS,
        st.tuples(st.sampled_from(["x", "t", "conn", "x, t", "x[0]", "*x, t"]), EXPRESSIONS).map(" = ".join),
        EXPRESSIONS.map(lambda value: f"x += {value}"),
        EXPRESSIONS.map(lambda value: f"return {value}"),
        EXPRESSIONS.map(lambda value: f"raise {value}"),
        st.sampled_from(["pass", "break", "continue", "import os", "from . import x", "global x", "del x"]),
    ),
    lambda inner: st.tuples(
        st.one_of(
            EXPRESSIONS.map(lambda value: f"if {value}:"),
            EXPRESSIONS.map(lambda value: f"for x in {value}:"),
            EXPRESSIONS.map(lambda value: f"while {value}:"),
            EXPRESSIONS.map(lambda value: f"with {value} as t:"),
            st.just("def t(x=1, *y, **z):"),
            st.just("class t(x):"),
        ),
        st.lists(inner, min_size=1, max_size=3),
    ).map(lambda parts: "\n".join([parts[0], *(f"    {line}" for body in parts[1] for line in body.split("\n"))])),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STATEMENTS, max_size=5))
def test_no_program_raises_anything(body: list[str]) -> None:
    lines = "".join(f"    {line}\n" for statement in body for line in statement.split("\n"))
    source = (
        "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\n"
        f"def upgrade():\n    bind = op.get_bind()\n{lines}\n"
    )

    found = read_any(source)

    assert isinstance(found, (Revision, Unreadable))


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything(data: bytes) -> None:
    assert isinstance(Reader(Files()).read(PATH, data), (Revision, Unreadable))


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "mysql"])
def test_a_large_literal_is_read_in_bounded_time(dialect: str) -> None:
    rows = ", ".join(f"({number}, 'x')" for number in range(40_000))
    source = (
        "from alembic import op\nrevision = 'a'\ndown_revision = None\n"
        f'def upgrade():\n    op.execute("INSERT INTO t VALUES {rows}")\n'
    )

    assert isinstance(read_any(source, dialect=dialect), Revision)
