"""Every way to the database that revisions take: each is an operation, or said to be unread."""

from __future__ import annotations

import pytest

from alembic_review.operations import (
    CreateEnum,
    CreateObject,
    CreateTable,
    DropEnum,
    DropObject,
    DropTable,
    Insert,
    InvalidSQL,
    Operation,
    Unread,
)
from tests.parsing.reading import Files, upgraded

FILES = Files(
    texts={f"/project/{folder}x.sql": "DROP TABLE t" for folder in ("", "versions/", "app/", "app/sql/", "bare/")},
)


def _tables(operations: list[Operation]) -> list[str]:
    return [o.table.name for o in operations if isinstance(o, DropTable)]


@pytest.mark.parametrize(
    "body",
    [
        "op.execute(sqltext='DROP TABLE t')",
        "op.impl.execute('DROP TABLE t')",
        "op.get_bind().execute(sa.text('DROP TABLE t'))",
        "op.get_bind().execute(statement=sa.text('DROP TABLE t'))",
        "op.get_bind().exec_driver_sql('DROP TABLE t')",
        "op.get_bind().execute(sa.DDL('DROP TABLE %(t)s', context={'t': 't'}))",
        "op.execute(sa.schema.DropTable(sa.table('t')))",
        "op.get_context().bind.execute(sa.text('DROP TABLE t'))",
        "op.get_context().connection.execute(sa.text('DROP TABLE t'))",
        "op.get_context().impl.execute(sa.text('DROP TABLE t'))",
        "context.execute('DROP TABLE t')",
        "context.get_context().execute(sa.text('DROP TABLE t'))",
        "context.get_bind().execute(sa.text('DROP TABLE t'))",
        "with op.get_bind().engine.connect() as c:\n    c.execute(sa.text('DROP TABLE t'))",
        "with op.get_bind().begin():\n    op.execute('DROP TABLE t')",
        "with op.get_context().autocommit_block():\n    op.execute('DROP TABLE t')",
        "from sqlalchemy.orm import Session\nSession(bind=op.get_bind()).execute(sa.text('DROP TABLE t'))",
        (
            "from sqlalchemy import orm\nwith orm.Session(op.get_bind()) as s, s.begin():\n"
            "    s.execute(sa.text('DROP TABLE t'))"
        ),
        (
            "from sqlalchemy.orm import sessionmaker\nwith sessionmaker(bind=op.get_bind())() as s:\n"
            "    s.execute(sa.text('DROP TABLE t'))"
        ),
        "cursor = op.get_bind().connection.cursor()\ncursor.execute('DROP TABLE t')",
        "with op.get_bind().connection.dbapi_connection.cursor() as cursor:\n    cursor.execute('DROP TABLE t')",
        "sa.Table('t', sa.MetaData()).drop(op.get_bind())",
        "m = sa.MetaData()\nm.reflect(op.get_bind(), only=['t'])\nm.tables['t'].drop(op.get_bind())",
        "from alembic.operations import Operations\nOperations(context.get_context()).drop_table('t')",
        (
            "from alembic.operations import Operations\nwith Operations.context(context.get_context()) as o:\n"
            "    o.drop_table('t')"
        ),
        "op.run_async(lambda c: c.execute(sa.text('DROP TABLE t')))",
        "op.get_bind().run_callable(lambda c: c.execute(sa.text('DROP TABLE t')))",
        "import asyncio\nasync def go():\n    op.drop_table('t')\nasyncio.run(go())",
        "getattr(op, 'drop_' + 'table')('t')",
        "for call, name in ((op.drop_table, 't'),):\n    call(name)",
        "list(map(op.drop_table, ['t']))",
        "from functools import partial\npartial(op.drop_table, 't')()",
        "op.execute(open('x.sql').read())",
        "import os\nop.execute(open(os.path.join(os.path.dirname(__file__), 'x.sql')).read())",
        "from pathlib import Path\nop.execute((Path(__file__).parent / 'x.sql').read_text())",
        "from pathlib import Path\nop.execute((Path(__file__).parents[0] / 'x.sql').read_text())",
        "from pathlib import Path\nop.execute(Path(__file__).parent.joinpath('x.sql').read_text(encoding='utf-8'))",
        "from pathlib import Path\nwith open(Path(__file__).with_name('x.sql')) as f:\n    op.execute(f.read())",
        (
            "import pathlib\nwith (pathlib.Path(__file__).resolve().parent / 'x.sql').open() as f:\n"
            "    for statement in f.read().split(';'):\n        op.execute(statement)"
        ),
        "import codecs\nwith codecs.open('app/x.sql', 'r', 'utf-8') as f:\n    op.execute(f.read())",
        "from pathlib import Path\nop.execute(Path('app/sql/x.sql').read_text())",
        "with open('x.sql') as f:\n    for line in f:\n        op.execute(line)",
        "with open('x.sql') as f:\n    op.execute(''.join(f.readlines()))",
        "from importlib import resources\nop.execute(resources.files('app').joinpath('x.sql').read_text())",
        "from importlib.resources import files\nop.execute((files('app') / 'sql' / 'x.sql').read_text())",
        "import app\nfrom importlib.resources import files\nop.execute(files(app).joinpath('sql/x.sql').read_text())",
        "from importlib.resources import files\nop.execute(files('app.sql').joinpath('x.sql').read_text())",
        "from importlib.resources import files\nop.execute(files('bare').joinpath('x.sql').read_text())",
        "import importlib.resources\nop.execute(importlib.resources.read_text('app', 'x.sql', encoding='utf-8'))",
        "import importlib_resources\nop.execute(importlib_resources.read_text('app.sql', 'x.sql'))",
        "from importlib import resources\nop.execute(resources.read_binary('app', 'x.sql').decode())",
        "from importlib import resources\nwith resources.open_text('app', 'x.sql') as f:\n    op.execute(f.read())",
        "from importlib import resources\nwith resources.path('app', 'x.sql') as p:\n    op.execute(p.read_text())",
        (
            "from importlib import resources\nwith resources.as_file(resources.files('app') / 'x.sql') as path:\n"
            "    op.execute(path.read_text())"
        ),
        "import pkg_resources\nop.execute(pkg_resources.resource_string('app', 'x.sql').decode())",
        "import pkg_resources\nop.execute(open(pkg_resources.resource_filename('app', 'x.sql')).read())",
        "import pkgutil\nop.execute(pkgutil.get_data('app', 'x.sql').decode('utf-8'))",
        "from string import Template\nop.execute(Template('DROP TABLE ${t}').substitute(t='t'))",
        "op.execute('DROP TABLE %(t)s' % {'t': 't'})",
        "for one in 'SELECT 1; DROP TABLE t;'.split(';'):\n    if one.strip():\n        op.execute(one)",
    ],
)
def test_a_way_to_the_database_is_followed(body: str) -> None:
    assert _tables(upgraded(body, FILES)) == ["t"]


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("op.get_bind().connection.cursor().copy_expert('COPY t FROM STDIN', f)", [Insert]),
        ("sa.Sequence('s').create(op.get_bind())", [CreateObject]),
        ("sa.Sequence('s').drop(op.get_bind())", [DropObject]),
        ("op.execute(sa.schema.CreateSequence(sa.Sequence('s')))", [CreateObject]),
        ("op.execute(sa.schema.DropSchema('s', cascade=True))", [DropObject]),
        ("postgresql.ENUM('a', name='e').create(op.get_bind(), checkfirst=True)", [CreateEnum]),
        ("sa.Enum(name='e').drop(op.get_bind(), checkfirst=False)", [DropEnum]),
        (
            (
                "from sqlalchemy.schema import CreateTable as Make\n"
                "op.execute(Make(sa.Table('t', sa.MetaData(), sa.Column('a', sa.Integer()))))"
            ),
            [CreateTable],
        ),
        (
            (
                "m = sa.MetaData()\nsa.Table('t', m, sa.Column('a', sa.Integer()))\n"
                "sa.Table('u', sa.MetaData(), sa.Column('a', sa.Integer()))\nm.create_all(op.get_bind())"
            ),
            [CreateTable],
        ),
    ],
)
def test_what_it_does_is_its_operation(body: str, kinds: list[type[Operation]]) -> None:
    operations = [o for o in upgraded(body) if not isinstance(o, InvalidSQL) and type(o).__name__ != "PythonCall"]

    assert [type(o) for o in operations] == kinds


@pytest.mark.parametrize(
    "body",
    [
        "from outside import Helper\nHelper(op).drop_indexes('t')",
        "from outside import helpers\nhelpers.drop_everything()",
        "from outside import helpers\nx = helpers.drop_everything(op.get_bind())",
        "from outside import go\nop.run_async(go)",
        "from outside import go\nop.get_bind().run_callable(go)",
        "from alembic.operations import ops\nop.invoke(ops.DropTableOp('t'))",
        "m = sa.MetaData()\nm.reflect(op.get_bind())\nm.drop_all(op.get_bind())",
        "op.drop_everything('t')",
        "op.execute(undefined)",
    ],
)
def test_what_cannot_be_followed_is_said_to_be(body: str) -> None:
    assert any(isinstance(o, Unread) for o in upgraded(body))


def test_a_percent_sign_in_ddl_is_two() -> None:
    operations = upgraded("op.execute(sa.DDL(\"UPDATE t SET a = 'x' WHERE b LIKE 'y%%'\"))")

    assert not any(isinstance(o, (InvalidSQL, Unread)) for o in operations)
    assert "LIKE 'y%'" in (operations[-1].sql or "")
