from __future__ import annotations

from tests.parsing.reading import Files, read

APPLICATION = Files({"app": "", "app.models": "class User: ..."})

HEADER = "revision = 'r1'\ndown_revision = None"


def test_an_import_tells_the_file_of_the_project_that_it_comes_from() -> None:
    source = f"from app.models import User\nimport app.services\nimport geoalchemy2\n{HEADER}"

    user, service, library = read(source, APPLICATION).imports

    assert (user.name, user.path) == ("app.models.User", "/project/app.models.py")
    assert (service.name, service.path) == ("app.services", "/project/app.py")
    assert (library.name, library.path) == ("geoalchemy2", None)


def test_what_only_type_checkers_import_is_no_import() -> None:
    source = f"import typing\nif typing.TYPE_CHECKING:\n    import app.models\nelse:\n    import app\n{HEADER}"

    found = read(source, APPLICATION).imports

    assert [one.name for one in found] == ["typing", "app"]
