"""What is read in an env.py."""

from __future__ import annotations

from textwrap import dedent

import pytest

from alembic_review.environment import Environment
from alembic_review.parsing.module import Reader
from tests.parsing.reading import Files


@pytest.mark.parametrize(
    "metadata",
    [
        "target_metadata = MetaData(naming_convention=names)",
        "target_metadata = MetaData()\ntarget_metadata.naming_convention = names",
        "target_metadata = SQLModel.metadata\ntarget_metadata.naming_convention = names",
        "SQLModel.metadata.naming_convention = names\ntarget_metadata = SQLModel.metadata",
    ],
)
def test_a_naming_convention_is_read_wherever_it_is_set(metadata: str) -> None:
    source = (
        "from alembic import context\nfrom sqlalchemy import MetaData\nfrom sqlmodel import SQLModel\n"
        f"names = {{'pk': 'pk_%(table_name)s'}}\n{dedent(metadata)}\n"
        "context.configure(url='', target_metadata=target_metadata)\n"
    )

    environment = Reader(Files()).environment("/project/env.py", source.encode())

    assert environment.naming_convention == {"pk": "pk_%(table_name)s"}


def test_that_of_another_metadata_is_not_taken_for_it() -> None:
    source = (
        "from alembic import context\nfrom app import Base, Other\n"
        "Other.metadata.naming_convention = {'pk': 'pk'}\ncontext.configure(target_metadata=Base.metadata)\n"
    )

    environment = Reader(Files()).environment("/project/env.py", source.encode())

    assert environment.naming_convention is None


def environment_of(source: str) -> Environment:
    begun = "import sqlalchemy as sa\nfrom alembic import context\nfrom sqlalchemy import create_engine, event\n"
    return Reader(PROJECT).environment("/project/env.py", f"{begun}{dedent(source)}".encode())


PROJECT = Files(
    {
        "database": "from sqlalchemy import create_engine\n"
        "engine = create_engine('x', isolation_level='AUTOCOMMIT', connect_args={'options': '-c lock_timeout=5000'})\n"
    }
)


@pytest.mark.parametrize(
    "setting",
    [
        "create_engine('x').connect().execute(sa.text('SET lock_timeout = 1'))",
        "for wait in context.config.waits:\n    create_engine('x').execute(f'SET LOCAL lock_timeout = {wait}')",
        "create_engine('x', connect_args={'options': '-c lock_timeout=5000'}).connect()",
        "create_engine('x', connect_args=dict(server_settings=dict(lock_timeout='5000'))).connect()",
        "from database import engine\nengine.connect()",
        (
            "engine = create_engine('x')\n@event.listens_for(engine, 'connect')\ndef wait(connection, record):\n"
            "    with connection.cursor() as cursor:\n        cursor.execute('SET lock_timeout = 1')"
        ),
        (
            "def wait(connection, record):\n    connection.cursor().execute('SET lock_timeout = 1')\n"
            "sa.event.listen(create_engine('x'), 'connect', wait)"
        ),
        (
            "from elsewhere import engine, run_in_thread\nasync def migrate():\n"
            "    async with engine().connect() as connection:\n"
            "        await connection.run_sync(lambda c: c.execute(sa.text('SET lock_timeout = 1')))\n"
            "run_in_thread(migrate)"
        ),
    ],
)
def test_a_lock_timeout_is_seen_however_it_is_set(setting: str) -> None:
    assert environment_of(setting).lock_timeout


@pytest.mark.parametrize(
    "setting",
    [
        "create_engine('x', isolation_level='AUTOCOMMIT').connect()",
        "create_engine('x').connect().execution_options(isolation_level='AUTOCOMMIT')",
        "create_engine('x', **{'isolation_level': 'AUTOCOMMIT'}).connect()",
        "options = context.config.get_section('a') or {}\noptions['sqlalchemy.isolation_level'] = 'AUTOCOMMIT'",
        "from database import engine\nengine.connect()",
        (
            "from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT\n"
            "create_engine('x').raw_connection().set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)"
        ),
    ],
)
def test_autocommit_is_seen_however_it_is_asked_for(setting: str) -> None:
    assert environment_of(setting).autocommits


@pytest.mark.parametrize(
    "said",
    [
        "# lock_timeout would be nice, AUTOCOMMIT and PRAGMA foreign_keys=OFF too",
        "'lock_timeout AUTOCOMMIT PRAGMA foreign_keys=OFF'",
        "def never_called(connection):\n    'lock_timeout'\n    connection.execute('SET lock_timeout = 1')",
        "import logging\nlogging.getLogger().warning('no lock_timeout, no AUTOCOMMIT, no PRAGMA foreign_keys=OFF')",
        "if context.is_offline_mode():\n    context.execute('SET lock_timeout = 1')",
    ],
)
def test_what_an_environment_does_not_do_is_not_taken_from_its_text(said: str) -> None:
    environment = environment_of(said)

    assert (environment.lock_timeout, environment.autocommits, environment.foreign_keys_off) == (False, False, False)
