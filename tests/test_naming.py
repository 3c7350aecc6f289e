from __future__ import annotations

from io import StringIO

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from alembic_review.naming import (
    NO_CONVENTION,
    CannotNameError,
    Named,
    chosen_name,
    conventional_name,
    joined_columns,
    shortened,
)
from alembic_review.types import HOLE

FULL = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def nothing_taken(_name: str) -> bool:
    return False


def test_a_name_is_made_of_table_columns_and_label() -> None:
    assert chosen_name("user", "email", "key", nothing_taken) == "user_email_key"


def test_a_name_without_columns_has_two_parts() -> None:
    assert chosen_name("user", "", "pkey", nothing_taken) == "user_pkey"


def test_a_name_that_is_taken_is_counted_up() -> None:
    assert chosen_name("user", "", "pkey", {"user_pkey", "user_pkey1"}.__contains__) == "user_pkey2"


# What PostgreSQL 18 calls the unique constraint of such a table.
@pytest.mark.parametrize(
    ("table", "columns", "name"),
    [
        ("t" * 40, "c" * 40, f"{'t' * 29}_{'c' * 29}_key"),
        ("t" * 60, "c" * 10, f"{'t' * 48}_{'c' * 10}_key"),
        ("ä" * 30, "c" * 30, f"{'ä' * 14}_{'c' * 29}_key"),
    ],
)
def test_the_longer_part_of_a_name_is_shortened_until_it_fits(table: str, columns: str, name: str) -> None:
    assert chosen_name(table, columns, "key", nothing_taken) == name


def test_many_columns_are_joined_up_to_the_length_of_a_name() -> None:
    assert joined_columns(["a" * 30, "b" * 30, "c" * 30]) == f"{'a' * 30}_{'b' * 30}_{'c' * 2}"


def test_sqlalchemy_cuts_a_name_of_its_own_making_and_marks_it_with_a_hash() -> None:
    # CREATE INDEX as SQLAlchemy 2.1.9 compiles it for a table of sixty letters.
    assert shortened(f"ix_{'t' * 60}_a") == f"ix_{'t' * 52}_fe86"


def test_an_index_is_named_after_its_first_column_where_nothing_is_agreed() -> None:
    assert conventional_name(Named("ix", "user", "app", ["email", "id"]), NO_CONVENTION) == "ix_app_user_email"


def test_a_constraint_has_no_name_where_nothing_is_agreed() -> None:
    assert conventional_name(Named("uq", "user", None, ["email"]), NO_CONVENTION) is None


@pytest.mark.parametrize(
    ("named", "name"),
    [
        (Named("pk", "t", None, ["id"]), "pk_t"),
        (Named("uq", "t", None, ["a", "b"]), "uq_t_a"),
        (Named("fk", "t", None, ["a"], None, "o", ["id"]), "fk_t_a_o"),
        (Named("ck", "t", None, [], "positive"), "ck_t_positive"),
        (Named("uq", "t", None, ["a"], "mine"), "mine"),
        (Named("uq", "t"), "uq_t_"),
    ],
)
def test_a_convention_names_what_has_no_name(named: Named, name: str) -> None:
    assert conventional_name(named, FULL) == name


def test_all_columns_may_be_part_of_a_name() -> None:
    convention = {"uq": "uq_%(column_0_N_name)s", "ix": "ix_%(column_0N_name)s"}

    assert conventional_name(Named("uq", "t", None, ["a", "b"]), convention) == "uq_a_b"
    assert conventional_name(Named("ix", "t", None, ["a", "b"]), convention) == "ix_ab"


def test_a_token_of_the_projects_own_is_a_hole_in_the_name() -> None:
    assert conventional_name(Named("uq", "t"), {"uq": "uq_%(short)s"}) == f"uq_{HOLE}"


@pytest.mark.parametrize(("kind", "error"), [("ck", "InvalidRequestError"), ("fk", "IndexError")])
def test_what_cannot_be_named_is_refused_as_by_sqlalchemy(kind: str, error: str) -> None:
    with pytest.raises(CannotNameError) as raised:
        conventional_name(Named(kind, "t"), FULL)

    assert raised.value.error == error


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("ck_orders_price", "ck_orders_ck_orders_price"),
        ("price", "ck_orders_price"),
        (sa.sql.elements.conv("ck_orders_price"), "ck_orders_price"),
    ],
)
def test_alembic_puts_the_prefix_of_a_convention_before_names_that_are_not_final(given: str, made: str) -> None:
    written = StringIO()
    metadata = sa.MetaData(naming_convention=FULL)
    options = {"as_sql": True, "output_buffer": written, "target_metadata": metadata}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)

    Operations(context).create_check_constraint(given, "orders", "price > 0")

    assert f"ADD CONSTRAINT {made} CHECK" in written.getvalue()
