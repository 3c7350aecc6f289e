from __future__ import annotations

import inspect

import pytest
import sqlalchemy
from sqlalchemy import schema
from sqlalchemy.dialects import registry
from sqlalchemy.sql.base import DialectKWArgs

from alembic_review.parsing.keywords import CONSTRUCTS, DIALECT_ARGUMENTS


def _taken(cls: type) -> set[str]:
    """The parameters of a class of SQLAlchemy and of the base that it hands its keywords on to."""
    bases = [cls, schema.Constraint] if issubclass(cls, schema.Constraint) else [cls]
    parameters = [parameter for base in bases for parameter in inspect.signature(base.__init__).parameters.values()]
    collecting = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    return {parameter.name for parameter in parameters if parameter.kind not in collecting} - {"self"}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_what_a_construct_takes_is_what_the_installed_sqlalchemy_says(name: str) -> None:
    taken = {parameter for parameter in _taken(getattr(schema, name)) if not parameter.startswith("_")}

    # What goes before `*` cannot be given by keyword in a directive; must_exist is Table.__new__()'s.
    apart = {"metadata", "must_exist"} | ({"name"} if name in ("Index", "Table") else set())
    assert set(CONSTRUCTS[name]) - apart == taken - apart


@pytest.mark.parametrize("dialect", DIALECT_ARGUMENTS)
@pytest.mark.parametrize("name", CONSTRUCTS)
def test_what_a_dialect_adds_is_what_the_installed_sqlalchemy_says(dialect: str, name: str) -> None:
    # A ForeignKey hands what it is given on to the constraint that it makes.
    cls = getattr(schema, "ForeignKeyConstraint" if name == "ForeignKey" else name)
    assert issubclass(cls, DialectKWArgs)
    taken = {
        argument
        for construct, arguments in registry.load(dialect).construct_arguments or ()
        if issubclass(cls, construct)
        for argument in arguments
    }

    known = set(DIALECT_ARGUMENTS[dialect].get(name, ()))
    assert taken <= known
    # What came with 2.1 is known with every SQLAlchemy, also on a Python that has no newer one than 2.0.
    assert taken == known or sqlalchemy.__version__ < "2.1"
