from __future__ import annotations

import importlib.metadata

from alembic_review.installed import version_of


def test_the_version_of_a_package_is_the_one_that_is_installed() -> None:
    found = version_of("sqlalchemy")

    assert found is not None
    assert importlib.metadata.version("sqlalchemy").startswith(".".join(map(str, found)))


def test_a_package_that_is_not_installed_has_no_version() -> None:
    found = version_of("no-such-package-as-this")

    assert found is None
