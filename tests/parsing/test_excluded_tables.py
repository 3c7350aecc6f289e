"""Which tables the functions leave out that an env.py hands to ``context.configure``."""

from __future__ import annotations

from textwrap import dedent

import pytest

from alembic_review.parsing.module import Reader
from alembic_review.types import Name
from tests.parsing.reading import Files

MODULES = {
    "app.constants": """
            CELERY = frozenset({"celery_taskmeta", "celery_tasksetmeta"})
            PREFIXES = ("kombu_",)
            PATTERN = re.compile(r"^kombu_")
        """,
    "app.filters": """
            from app.constants import CELERY, PREFIXES

            def include_object(object, name, type_, reflected, compare_to):
                if type_ == "table" and name in CELERY:
                    return False
                return not name.startswith(PREFIXES)

            class Filter:
                def __init__(self, names):
                    self.names = names

                def keep(self, object, name, type_, reflected, compare_to):
                    return not (type_ == "table" and name in self.names)
        """,
}
PROJECT = Files({name: dedent(text) for name, text in MODULES.items()})


def excluded(source: str, *tables: str) -> list[bool | None]:
    text = f"from alembic import context\n{dedent(source)}"
    environment = Reader(PROJECT).environment("/project/env.py", text.encode())
    assert environment.filters is ("include_" in source)
    return [environment.excludes(Name(table)) for table in tables]


TABLES = ("celery_taskmeta", "kombu_queue", "member")


@pytest.mark.parametrize(
    ("source", "answers"),
    [
        pytest.param(
            """
            def include_object(object, name, type_, reflected, compare_to):
                if type_ == "table" and name in ("celery_taskmeta", "kombu_queue"):
                    return False
                return True

            context.configure(target_metadata=None, include_object=include_object)
            """,
            [True, True, False],
            id="function",
        ),
        pytest.param(
            """
            def include_name(name, type_, parent_names):
                if type_ == "table":
                    return not name.startswith(("celery_", "kombu_"))
                return True

            context.configure(include_name=include_name)
            """,
            [True, True, False],
            id="include_name",
        ),
        pytest.param(
            """
            context.configure(
                include_object=lambda obj, name, type_, *_: type_ != "table" or not name.startswith("celery")
            )
            """,
            [True, False, False],
            id="lambda",
        ),
        pytest.param(
            """
            from app.filters import include_object

            context.configure(include_object=include_object)
            """,
            [True, True, False],
            id="imported function, with names imported from constants",
        ),
        pytest.param(
            """
            from app.constants import CELERY

            def include_object(object, name, type_, reflected, compare_to):
                return name not in CELERY

            context.configure(include_object=include_object)
            """,
            [True, False, False],
            id="imported constant",
        ),
        pytest.param(
            """
            from app import constants

            context.configure(include_object=lambda obj, name, *rest: name not in constants.CELERY)
            """,
            [True, False, False],
            id="constant of a module",
        ),
        pytest.param(
            """
            from app.filters import Filter

            context.configure(include_object=Filter(["kombu_queue"]).keep)
            """,
            [False, True, False],
            id="method",
        ),
        pytest.param(
            """
            import re

            IGNORED = [re.compile("celery_.*"), re.compile("kombu_")]

            def include_name(name, type_, parent_names):
                return not any(pattern.match(name) for pattern in IGNORED)

            context.configure(include_name=include_name)
            """,
            [True, True, False],
            id="regular expressions",
        ),
        pytest.param(
            """
            import re
            from fnmatch import fnmatch

            def include_name(name, type_, parent_names):
                return not (re.search("meta$", name) or fnmatch(name, "kombu_*"))

            context.configure(include_name=include_name)
            """,
            [True, True, False],
            id="patterns",
        ),
        pytest.param(
            """
            import re

            context.configure(include_name=lambda name, *rest: not re.match("(c|e|l|r|y|k|o|m|b|u|_)*$", name))
            """,
            [None, None, None],
            id="a pattern that may take long",
        ),
        pytest.param(
            """
            class Filter:
                ignored = {"member"}

                def __call__(self, object, name, type_, reflected, compare_to):
                    return name not in self.ignored

            context.configure(include_object=Filter())
            """,
            [False, False, True],
            id="object that is called",
        ),
        pytest.param(
            """
            def include_object(object, name, type_, reflected, compare_to):
                return name != "kombu_queue"

            def run(connection):
                options = {"include_object": include_object}
                context.configure(connection=connection, **options)

            run(None)
            """,
            [False, True, False],
            id="options in a dict, in a function",
        ),
        pytest.param(
            """
            import os
            ignored = os.environ["IGNORED"].split(",")

            context.configure(include_object=lambda obj, name, *rest: name not in ignored)
            """,
            [None, None, None],
            id="not known",
        ),
        pytest.param(
            """
            from elsewhere import include_object

            context.configure(include_object=include_object)
            """,
            [None, None, None],
            id="from elsewhere",
        ),
        pytest.param(
            """
            def include_object(object, name, type_, reflected, compare_to):
                if type_ == "table" and reflected and compare_to is None:
                    return False
                return True

            context.configure(include_object=include_object)
            """,
            [True, True, True],
            id="all that the models do not have",
        ),
        pytest.param(
            """
            from elsewhere import options

            context.configure(url="", **options)
            """,
            [None, None, None],
            id="perhaps among options from elsewhere",
        ),
        pytest.param("context.configure(url='')", [False, False, False], id="no filter"),
    ],
)
def test_which_tables_are_left_out(source: str, answers: list[bool | None]) -> None:
    assert excluded(source, *TABLES) == answers


@pytest.mark.parametrize(
    "filtering",
    [
        """
        def include_name(name, type_, parents):
            return name in (None, "app") if type_ == "schema" else True

        context.configure(include_schemas=True, include_name=include_name)
        """,
        """
        def include_name(name, type_, parents):
            return type_ != "table" or parents["schema_name"] in (None, "app")

        context.configure(include_schemas=True, include_name=include_name)
        """,
        """
        def include_name(name, type_, parents):
            return type_ == "schema" or parents["schema_qualified_table_name"] != "partner.y"

        context.configure(include_schemas=True, include_name=include_name)
        """,
        """
        def include_object(obj, name, type_, reflected, to):
            return not (type_ == "table" and obj.schema == "partner")

        context.configure(include_schemas=True, include_object=include_object)
        """,
        """
        context.configure(include_object=lambda obj, *rest: getattr(obj, "schema", None) != "partner")
        """,
    ],
)
def test_a_table_is_left_out_with_its_schema(filtering: str) -> None:
    text = f"from alembic import context\n{dedent(filtering)}"

    environment = Reader(PROJECT).environment("/project/env.py", text.encode())

    assert [environment.excludes(Name("y", schema)) for schema in ("partner", "app", None)] == [True, False, False]
