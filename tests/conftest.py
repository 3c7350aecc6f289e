"""What tests share: a PostgreSQL server, and databases on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from alembic_review.database.server import Server, ServerError, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server, one for each worker: at ALEMBIC_REVIEW_TEST_URL, else our own.

    Where there is none, tests that need it are skipped; in CI (``CI=true``) they fail.
    """
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_server(os.environ.get("ALEMBIC_REVIEW_TEST_URL")))
        except ServerError as error:
            if os.environ.get("CI") == "true":
                pytest.fail(str(error), pytrace=False)
            pytest.skip(str(error))
        yield server


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The URL of a new, empty database."""
    with server.database() as url:
        yield url
