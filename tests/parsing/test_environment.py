"""What is read in an env.py."""

from __future__ import annotations

from textwrap import dedent

import pytest

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
