"""Which histories and files paths lead to, held against Alembic's own Config and ScriptDirectory."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from alembic_review.history import configuration
from alembic_review.history.configuration import read
from alembic_review.history.project import Found, ProjectError, Selection, find_histories
from alembic_review.text import content
from tests.history.oracle import corpora, packages, script_directory, unimported

ENV = "from alembic import context\n"


def revision(name: str, *parents: str, more: str = "") -> str:
    down = repr(parents) if len(parents) > 1 else repr(parents[0] if parents else None)
    return f'revision = "{name}"\ndown_revision = {down}\n{more}\n\ndef upgrade():\n    pass\n'


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def find(cwd: Path, *paths: str, config: str | None = None) -> Found:
    return find_histories([Path(path) for path in paths], Path(config) if config else None, cwd)


def only(found: Found) -> Selection:
    assert found.problems == ()
    assert len(found.selections) == 1
    return found.selections[0]


def names(paths: tuple[Path, ...], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def files(found: Found, root: Path) -> list[list[str]]:
    """The files of each history."""
    assert found.problems == ()
    return [names(selection.files, root) for selection in found.selections]


def told(found: Found, root: Path) -> list[str]:
    return [f"{problem.path.relative_to(root).as_posix()}: {problem.message}" for problem in found.problems]


# As Alembic does.

INI = "[alembic]\nscript_location = mig\n"
HERE = "[alembic]\nscript_location = %(here)s/mig\n"
TOML = "[tool.alembic]\nscript_location = '%(here)s/mig'\n"
CONFIGURATIONS = {
    "nothing but the script location": {"alembic.ini": INI},
    "here": {"alembic.ini": HERE},
    "a colon": {"alembic.ini": "[alembic]\nscript_location: mig\n"},
    "os": {"alembic.ini": f"{INI}version_locations = mig/versions{os.pathsep}more\npath_separator = os\n"},
    "space": {"alembic.ini": f"{INI}version_locations = %(here)s/mig/versions %(here)s/more\npath_separator = space\n"},
    "newline": {"alembic.ini": f"{INI}version_locations =\n  mig/versions\n  more\npath_separator = newline\n"},
    "colon": {"alembic.ini": f"{INI}version_locations = more:mig/versions\npath_separator = :\n"},
    "semicolon": {"alembic.ini": f"{INI}version_locations = more ; mig/versions;\npath_separator = ;\n"},
    "the predecessor": {"alembic.ini": f"{INI}version_locations = more:mig/versions\nversion_path_separator = :\n"},
    "both separators": {
        "alembic.ini": f"{INI}version_locations = more;mig/versions\nversion_path_separator = :\npath_separator = ;\n"
    },
    "spaces by default": {"alembic.ini": f"{INI}version_locations = mig/versions more\n"},
    "commas by default": {"alembic.ini": f"{INI}version_locations = mig/versions, more,mig/plugin\n"},
    "a folder twice": {"alembic.ini": f"{INI}version_locations = more more\n"},
    "a folder that is not there yet": {"alembic.ini": f"{INI}version_locations = more later\n"},
    "recursive": {"alembic.ini": f"{INI}recursive_version_locations = true\n"},
    "recursive, overlapping": {
        "alembic.ini": f"{INI}version_locations = mig mig/versions\nrecursive_version_locations = true\n"
    },
    "not quite true": {"alembic.ini": f"{INI}recursive_version_locations = True\n"},
    "pyproject": {"pyproject.toml": TOML},
    "pyproject, lists": {"pyproject.toml": f"{TOML}version_locations = ['%(here)s/more', 'mig/versions']\n"},
    "pyproject, recursive": {"pyproject.toml": f"{TOML}recursive_version_locations = true\n"},
    "both, each with its own": {
        "alembic.ini": INI,
        "pyproject.toml": "[tool.alembic]\nversion_locations = ['more']\nprepend_sys_path = ['.']\n",
    },
    "both with the same": {
        "alembic.ini": f"{INI}version_locations = more\npath_separator = os\n",
        "pyproject.toml": "[tool.alembic]\nscript_location = 'elsewhere'\nversion_locations = ['mig/versions']\n",
    },
    "no section in the ini file": {"alembic.ini": "[loggers]\nkeys = root\n", "pyproject.toml": TOML},
}
FOLDERS = {
    "mig/env.py": ENV,
    "mig/versions/a.py": revision("a"),
    "mig/versions/__init__.py": "",
    "mig/versions/__init__more.py": "",
    "mig/versions/.#a.py": "",
    "mig/versions/a.pyc": "",
    "mig/versions/README": "",
    "mig/versions/.hidden.py": revision("hidden"),
    "mig/versions/__pycache__/x.py": "",
    "mig/versions/2024/b.py": revision("b", "a"),
    "mig/versions/2024/build/c.py": revision("c", "a"),
    "mig/plugin/d.py": revision("d"),
    "more/e.py": revision("e"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:File .* loaded twice")
@pytest.mark.parametrize("configured", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_the_files_are_those_that_alembic_loads(
    configured: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {**FOLDERS, **configured})
    if configured.get("alembic.ini", "").endswith("mig mig/versions\nrecursive_version_locations = true\n"):
        (tmp_path / "mig/env.py").unlink()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    config = Config("alembic.ini" if "alembic.ini" in configured else None, toml_file="pyproject.toml")
    alembic = [Path(script.path) for script in ScriptDirectory.from_config(config)._load_revisions()]

    selection = only(find(tmp_path))

    assert list(selection.files) == alembic
    assert selection.reviewed == selection.files


@pytest.mark.filterwarnings("ignore:File .* loaded twice")
def test_a_link_to_a_file_is_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "mig/versions/a.py": revision("a"), "kept/b.py": revision("b", "a")})
    (tmp_path / "mig/versions/b.py").symlink_to(tmp_path / "kept/b.py")
    (tmp_path / "mig/versions/b_again.py").symlink_to(tmp_path / "kept/b.py")
    (tmp_path / "mig/versions/c.py").symlink_to("nowhere@host.1:2")

    selection = only(find(tmp_path))

    assert names(selection.files, tmp_path) == ["mig/versions/a.py", "mig/versions/b.py"]
    assert [path.resolve() for path in selection.files] == [Path(script_path) for script_path in _loaded(selection)]


def _loaded(selection: Selection) -> list[str]:
    with unimported():
        return [script.path for script in script_directory(selection.history)._load_revisions()]


def test_a_loop_of_folders_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path, {"app/alembic.ini": f"{INI}recursive_version_locations = true\n", **_under("app", FOLDERS)})
    (tmp_path / "app/mig/versions/loop").symlink_to(tmp_path / "app")
    (tmp_path / "app/mig/self").symlink_to("self")

    selection = only(find(tmp_path))

    assert len(selection.files) == 4


def _under(folder: str, given: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in given.items()}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["alembic.ini", "pyproject.toml"])
def test_the_settings_are_those_of_alembic(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "script_location": "mig",
        "file_template": "%%(year)d-%%(month).2d-%%(day).2d_%%(slug)s",
        "timezone": "UTC",
        "prepend_sys_path": ". src",
    }
    write(
        tmp_path,
        {
            "alembic.ini": "[alembic]\n" + "".join(f"{key} = {value}\n" for key, value in options.items()),
            "pyproject.toml": "[tool.alembic]\n"
            + "".join(f"{key} = {value!r}\n" for key, value in options.items() if key != "prepend_sys_path")
            + "prepend_sys_path = ['.', 'src']\ntruncate_slug_length = 30\n",
        },
    )
    (tmp_path / {"alembic.ini": "pyproject.toml", "pyproject.toml": "alembic.ini"}[name]).unlink()
    monkeypatch.chdir(tmp_path)
    alembic = Config(name) if name == "alembic.ini" else Config(toml_file=name)

    (settings,) = read(tmp_path / name)

    assert settings.configuration == tmp_path / name
    assert settings.section == "alembic"
    for key in ("script_location", "file_template", "timezone"):
        assert getattr(settings, key) == alembic.get_alembic_option(key)
    assert list(settings.prepend_sys_path) == alembic.get_prepend_sys_paths_list() == [".", "src"]
    assert settings.truncate_slug_length == int(str(alembic.get_alembic_option("truncate_slug_length", "40")))


def test_what_alembic_warns_of_is_kept(tmp_path: Path) -> None:
    write(
        tmp_path, {"alembic.ini": f"{INI}version_locations = a:b\nversion_path_separator = :\nprepend_sys_path = .\n"}
    )

    (settings,) = read(tmp_path / "alembic.ini")

    assert settings.deprecations == (
        "version_path_separator is deprecated; rename it path_separator",
        "prepend_sys_path is split on spaces, since path_separator is not set; set it",
    )


# Where environments are.


@pytest.mark.parametrize(
    "script_location",
    ["app.db:migrations", "app:db:migrations", "app:db/migrations", "src/app/db/migrations"],
)
@pytest.mark.parametrize("source", ["", "src/", "python/core/"])
def test_a_package_is_found_without_importing_it(script_location: str, source: str, tmp_path: Path) -> None:
    if script_location.startswith("src/"):
        script_location = source + script_location.removeprefix("src/")
    write(
        tmp_path,
        {
            "alembic.ini": f"[alembic]\nscript_location = {script_location}\n",
            f"{source}app/__init__.py": "raise SystemExit",
            f"{source}app/db/migrations/env.py": ENV,
            f"{source}app/db/migrations/versions/a.py": revision("a"),
        },
    )

    assert files(find(tmp_path), tmp_path) == [[f"{source}app/db/migrations/versions/a.py"]]


def test_the_package_in_src_is_preferred_to_copies_of_it(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": "[alembic]\nscript_location = app:mig\n", **_under("copy/app", FOLDERS)})
    write(tmp_path, _under("src/app", FOLDERS))

    assert only(find(tmp_path)).history.script_location == tmp_path / "src/app/mig"


def test_a_folder_with_an_env_py_is_preferred_to_one_of_the_same_name(tmp_path: Path) -> None:
    write(tmp_path, {"conf/alembic.ini": INI, "conf/mig/notes.txt": "", **FOLDERS})

    assert only(find(tmp_path)).history.script_location == tmp_path / "mig"


def test_a_percent_sign_in_the_path_of_a_project_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, _under("50% off", {"alembic.ini": HERE, "mig/versions/a.py": revision("a")}))

    assert len(only(find(tmp_path / "50% off")).files) == 1


def test_packages_are_looked_for_on_the_configured_path(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "deploy/alembic.ini": "[alembic]\nscript_location = app:migrations\nprepend_sys_path = ../lib\n",
            "lib/app/migrations/versions/a.py": revision("a"),
            ".git/HEAD": "",
        },
    )

    assert files(find(tmp_path, "deploy"), tmp_path) == [["lib/app/migrations/versions/a.py"]]


def test_a_location_may_start_above_the_configuration(tmp_path: Path) -> None:
    # Alembic reads it from where it is run.
    write(tmp_path, {"app/db/alembic.ini": "[alembic]\nscript_location = app/db/mig\n", **_under("app/db", FOLDERS)})

    assert files(find(tmp_path / "app"), tmp_path) == [["app/db/mig/versions/.hidden.py", "app/db/mig/versions/a.py"]]


def test_a_configuration_beside_env_py_need_not_say_where_that_is(tmp_path: Path) -> None:
    # Flask-Migrate's layout.
    write(
        tmp_path,
        {
            "migrations/alembic.ini": "[alembic]\nfile_template = %%(slug)s\n",
            "migrations/env.py": ENV,
            "migrations/versions/a.py": revision("a"),
        },
    )

    selection = only(find(tmp_path))

    assert selection.history.script_location == tmp_path / "migrations"
    assert selection.history.settings.file_template == "%(slug)s"


def test_a_configuration_without_a_location_still_has_its_settings(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": "[alembic]\nfile_template = %%(slug)s\n",
            "app/migrations/env.py": ENV,
            "app/migrations/versions/a.py": revision("a"),
        },
    )

    for found in (find(tmp_path), find(tmp_path, "app/migrations/versions/a.py"), find(tmp_path, config="alembic.ini")):
        assert only(found).history.settings.file_template == "%(slug)s"
        assert files(found, tmp_path) == [["app/migrations/versions/a.py"]]


def test_where_a_program_knows_the_folders_each_with_revisions_counts(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": "[alembic]\ntimezone = UTC\n", "app/env.py": ENV})
    write(tmp_path, {"app/versions/a.py": revision("a"), "app/more/b.py": revision("b")})

    assert files(find(tmp_path), tmp_path) == [["app/more/b.py"], ["app/versions/a.py"]]


def test_an_env_py_is_enough(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project]\nname = 'x'\n", **_under("app", FOLDERS)})

    selection = next(
        selection for selection in find(tmp_path).selections if tmp_path / "app/mig/versions/a.py" in selection.files
    )

    assert selection.history.script_location == tmp_path / "app/mig"
    assert selection.history.settings.configuration is None
    assert selection.history.root == tmp_path


def test_an_env_py_of_something_else_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"env.py": "import os\n", "versions/a.py": "revision = '1'\n"})

    assert find(tmp_path).selections == ()


def test_revisions_without_any_env_py_are_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "one/a.py": revision("a"),
            "one/b.py": revision("b", "a"),
            "other/versions/001.py": revision("001"),
            "other/prose.py": "def down_revision():\n    revision = 1\n",
        },
    )

    assert files(find(tmp_path), tmp_path) == [["one/a.py", "one/b.py"], ["other/versions/001.py"]]


def test_the_project_of_an_env_py_is_the_folder_that_was_searched(tmp_path: Path) -> None:
    write(tmp_path, {"apart/x": "", **_under("given/app", {"env.py": ENV, "versions/a.py": revision("a")})})

    assert only(find(tmp_path / "apart", "../given")).history.root == tmp_path / "given"


def test_an_env_py_deeper_down_has_a_history_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"app/env.py": ENV, "app/versions/a.py": revision("a"), "app/core/b.py": revision("b", "a")})
    write(tmp_path, {"app/core/plugin/env.py": ENV, "app/core/plugin/versions/c.py": revision("c", "b")})

    assert files(find(tmp_path), tmp_path) == [
        ["app/core/b.py", "app/versions/a.py"],
        ["app/core/plugin/versions/c.py"],
    ]


def test_a_revision_beside_env_py_is_a_template(tmp_path: Path) -> None:
    write(tmp_path, {"env.py": ENV, "template.py": revision("x"), "core/a.py": revision("a")})

    assert files(find(tmp_path), tmp_path) == [["core/a.py"]]


def test_other_peoples_code_is_passed_over(tmp_path: Path) -> None:
    folders = ["node_modules/x", ".tox/x", "venv/lib", "build/lib", "dist", "lib/site-packages", "mine"]
    for folder in folders:
        write(tmp_path, _under(folder, {"alembic.ini": INI, "mig/env.py": ENV, "mig/versions/a.py": revision("a")}))
    write(tmp_path, {"env/pyvenv.cfg": "", "env/share/env.py": ENV, "env/share/versions/a.py": revision("a")})

    assert files(find(tmp_path), tmp_path) == [["mine/mig/versions/a.py"]]


def test_what_is_passed_over_is_found_when_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, _under("build/lib", {"alembic.ini": INI, "mig/env.py": ENV, "mig/versions/a.py": revision("a")}))

    assert files(find(tmp_path, "build"), tmp_path) == [["build/lib/mig/versions/a.py"]]


def test_a_history_without_a_revision_yet_is_one(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "mig/env.py": ENV})

    for found in (find(tmp_path), find(tmp_path, "mig")):
        assert only(found).files == ()


# Several histories.


def test_several_configurations_in_one_tree_are_several_histories(tmp_path: Path) -> None:
    for service in ("one", "two"):
        write(
            tmp_path, _under(service, {"alembic.ini": INI, "mig/env.py": ENV, "mig/versions/001.py": revision("001")})
        )
    write(tmp_path, {"three/env.py": ENV, "three/versions/001.py": revision("001")})

    assert files(find(tmp_path), tmp_path) == [
        ["one/mig/versions/001.py"],
        ["three/versions/001.py"],
        ["two/mig/versions/001.py"],
    ]


def test_a_configuration_of_the_folder_itself_is_preferred_to_those_below(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, **FOLDERS, **_under("below", {"alembic.ini": INI, **FOLDERS})})

    assert files(find(tmp_path), tmp_path) == [["mig/versions/.hidden.py", "mig/versions/a.py"]]


def test_sections_with_a_place_of_their_own_are_histories_of_their_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": "[DEFAULT]\nscript_location = db\npath_separator = os\n"
            "[users]\nversion_locations = db/users\n[jobs]\nversion_locations = db/jobs\n"
            "[logs]\nscript_location = logs\n[loggers]\nkeys = root\n",
            "db/env.py": ENV,
            "db/users/001.py": revision("001"),
            "db/jobs/001.py": revision("001"),
            "logs/versions/001.py": revision("001"),
        },
    )

    found = find(tmp_path)

    assert files(found, tmp_path) == [["db/jobs/001.py"], ["db/users/001.py"], ["logs/versions/001.py"]]
    assert [selection.history.settings.section for selection in found.selections] == ["jobs", "users", "logs"]


def test_sections_of_engines_are_not_histories(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": f"{INI}databases = a, b\n[a]\nsqlalchemy.url = x\n[b]\nsqlalchemy.url = y\n"})
    write(tmp_path, {"mig/versions/a.py": revision("a")})

    assert len(find(tmp_path).selections) == 1


def test_configurations_of_the_same_folders_are_one_history(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "alembic-test.ini": HERE, "mig/versions/a.py": revision("a")})

    assert only(find(tmp_path)).history.settings.configuration == tmp_path / "alembic.ini"


@pytest.mark.parametrize("configured", [True, False], ids=["configured", "not configured"])
def test_folders_of_dialects_are_histories_of_their_own(configured: bool, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            **({"alembic.ini": INI} if configured else {}),
            "mig/env.py": ENV,
            "mig/versions/postgresql/a.py": revision("001"),
            "mig/versions/postgresql/b.py": revision("002", "001"),
            "mig/versions/sqlite/a.py": revision("001"),
            "mig/versions/sqlite/b.py": revision("002", "001"),
        },
    )

    assert files(find(tmp_path), tmp_path) == [
        ["mig/versions/postgresql/a.py", "mig/versions/postgresql/b.py"],
        ["mig/versions/sqlite/a.py", "mig/versions/sqlite/b.py"],
    ]


@pytest.mark.parametrize("configured", [True, False], ids=["configured", "not configured"])
def test_nested_folders_that_lead_to_one_another_are_one_history(configured: bool, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            **({"alembic.ini": INI} if configured else {}),
            "mig/env.py": ENV,
            "mig/versions/base.py": revision("base"),
            "mig/versions/2023/expand/a.py": revision("a", "base"),
            "mig/versions/2024/expand/b.py": revision("b", "a"),
            "mig/versions/2024/contract/c.py": revision("c", "base", more='depends_on = ("a",)'),
        },
    )

    selection = only(find(tmp_path))

    assert len(selection.files) == 4
    assert selection.invisible == ()


def test_a_dependency_joins_folders_too(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "env.py": ENV,
            "core/a.py": revision("a", more='branch_labels = ("core",)'),
            "plugin/b.py": revision("b", more='depends_on = ["core"]'),
            "separate/c.py": revision("c"),
        },
    )

    assert files(find(tmp_path), tmp_path) == [["core/a.py", "plugin/b.py"], ["separate/c.py"]]


def test_a_name_that_several_folders_have_joins_none(tmp_path: Path) -> None:
    write(tmp_path, {"env.py": ENV, "one/001.py": revision("001"), "two/001.py": revision("001")})
    write(tmp_path, {"three/002.py": revision("002", "001")})

    assert len(find(tmp_path).selections) == 3


# What Alembic does not see.


@pytest.mark.parametrize(
    "option",
    ["recursive_version_locations = false", "file_template = %%(year)d/%%(slug)s", "version_locations = mig/versions"],
)
def test_nested_revisions_are_invisible_where_the_configuration_speaks_of_folders(option: str, tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI + option + "\n", "mig/env.py": ENV, "mig/versions/a.py": revision("a")})
    write(tmp_path, {"mig/versions/2024/b.py": revision("b", "a"), "mig/versions/2025/c.py": revision("c", "b")})

    selection = only(find(tmp_path))

    assert names(selection.files, tmp_path) == ["mig/versions/a.py"]
    assert names(selection.invisible, tmp_path) == ["mig/versions/2024/b.py", "mig/versions/2025/c.py"]


def test_revisions_that_alembic_cannot_have_seen_are_invisible(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "mig/env.py": ENV, "mig/versions/a.py": revision("a")})
    write(tmp_path, {"mig/versions/new/b.py": revision("b", "a"), "mig/versions/new/helper.py": "x = 1\n"})
    write(tmp_path, {"mig/versions/archive/1.py": revision("1"), "mig/versions/archive/2.py": revision("2", "1")})

    selection = only(find(tmp_path))

    assert names(selection.files, tmp_path) == ["mig/versions/a.py"]
    assert names(selection.invisible, tmp_path) == [
        "mig/versions/archive/1.py",
        "mig/versions/archive/2.py",
        "mig/versions/new/b.py",
    ]


def test_revisions_in_folders_that_are_not_listed_are_invisible_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": "[one]\nscript_location = db\nversion_locations = db/one\n"
            "[two]\nscript_location = db\nversion_locations = db/two\n",
            "db/env.py": ENV,
            "db/one/a.py": revision("a"),
            "db/two/a.py": revision("a"),
            "db/three/a.py": revision("a"),
        },
    )

    invisible = [names(selection.invisible, tmp_path) for selection in find(tmp_path).selections]

    assert invisible == [["db/three/a.py"], []]


def test_an_invisible_file_that_is_given_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "mig/env.py": ENV, "mig/versions/a.py": revision("a")})
    write(tmp_path, {"mig/versions/new/b.py": revision("b", "a"), "mig/versions/new/c.py": revision("c", "a")})

    selection = only(find(tmp_path, "mig/versions/new/b.py"))

    assert selection.reviewed == ()
    assert names(selection.invisible, tmp_path) == ["mig/versions/new/b.py"]


# What is under review.


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two services with the same names in them."""
    for service in ("one", "two"):
        write(
            tmp_path,
            _under(
                service,
                {
                    "alembic.ini": f"{INI}recursive_version_locations = true\n",
                    "mig/env.py": ENV,
                    "mig/versions/001.py": revision("001"),
                    "mig/versions/002.py": revision("002", "001"),
                    "mig/versions/new/003.py": revision("003", "002"),
                    "src/models.py": "x = 1\n",
                },
            ),
        )
    return tmp_path


@pytest.mark.parametrize(
    ("path", "reviewed"),
    [
        ("one", ["001.py", "002.py", "new/003.py"]),
        ("one/mig", ["001.py", "002.py", "new/003.py"]),
        ("one/mig/versions", ["001.py", "002.py", "new/003.py"]),
        ("one/mig/versions/new", ["new/003.py"]),
        ("one/mig/versions/002.py", ["002.py"]),
        ("two/../one/mig/./versions/new/003.py", ["new/003.py"]),
    ],
)
def test_what_is_given_is_reviewed_and_the_rest_replayed(path: str, reviewed: list[str], two: Path) -> None:
    selection = only(find(two, path))

    assert names(selection.reviewed, two / "one/mig/versions") == reviewed
    assert len(selection.files) == 3


def test_files_of_several_histories_are_reviewed_each_in_its_own(two: Path) -> None:
    found = find(two, "two/mig/versions/001.py", "one/mig/versions/002.py", "one/mig/versions/001.py")

    assert [names(selection.reviewed, two) for selection in found.selections] == [
        ["one/mig/versions/001.py", "one/mig/versions/002.py"],
        ["two/mig/versions/001.py"],
    ]


def test_a_folder_and_a_file_in_it_are_one_selection(two: Path) -> None:
    selection = only(find(two, "one/mig/versions/002.py", "one"))

    assert selection.reviewed == selection.files


def test_a_given_file_that_holds_the_text_of_a_revision_in_a_string_is_left_out(tmp_path: Path) -> None:
    text = f"TEMPLATE = '''\n{revision('a')}'''\n"
    write(tmp_path, {"tests/test_tool.py": text, "tests/test_with_bad_escape.py": text + r"NAME = '\ ' ; OTHER = '\d'"})

    found = find(tmp_path, "tests/test_tool.py", "tests/test_with_bad_escape.py")

    assert found == Found((), ())


def test_of_a_folder_that_only_its_revisions_make_one_no_other_module_is_taken(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": revision("a"), "b_helper.py": "x = 1\n", "c_broken.py": "def (\n"})

    selection = only(find(tmp_path, "a.py", "b_helper.py", "c_broken.py"))

    assert names(selection.reviewed, tmp_path) == ["a.py", "c_broken.py"]


def test_a_given_file_that_is_no_revision_is_left_out(two: Path) -> None:
    write(two, {"one/mig/versions/__init__.py": "", "one/mig/helper.py": "", "notes.txt": "", "loose.py": "x = 1\n"})

    found = find(
        two,
        "one/mig/env.py",
        "one/mig/helper.py",
        "one/mig/versions/__init__.py",
        "one/src/models.py",
        "one/alembic.ini",
        "notes.txt",
        "loose.py",
    )

    assert found == Found((), ())


def test_any_other_file_among_revisions_is_taken_for_one(two: Path) -> None:
    write(two, {"one/mig/versions/conftest.py": "x = 1\n", "one/mig/versions/empty.py": ""})

    selection = only(find(two, "one/mig/versions/conftest.py", "one/mig/versions/empty.py"))

    assert names(selection.reviewed, two / "one/mig/versions") == ["conftest.py", "empty.py"]


def test_a_revision_that_lies_alone_is_a_history_with_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, {"lone/a.py": revision("a"), "lone/b.py": revision("b", "a")})

    selection = only(find(tmp_path, "lone/b.py"))

    assert names(selection.files, tmp_path) == ["lone/a.py", "lone/b.py"]
    assert names(selection.reviewed, tmp_path) == ["lone/b.py"]
    assert selection.history.script_location is None


def test_the_nearest_environment_owns_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": "[alembic]\nscript_location = .\n", "env.py": ENV, "versions/a.py": revision("a")})
    write(tmp_path, {"plugin/env.py": ENV, "plugin/versions/p.py": revision("p")})

    assert files(find(tmp_path, "plugin/versions/p.py"), tmp_path) == [["plugin/versions/p.py"]]


def test_a_nearer_environment_owns_a_file_even_in_a_folder_that_is_listed_above(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": f"{INI}version_locations = plugins\nrecursive_version_locations = true\n"})
    write(tmp_path, {"mig/env.py": ENV, "plugins/p/env.py": ENV, "plugins/p/versions/a.py": revision("a")})

    assert only(find(tmp_path, "plugins/p/versions/a.py")).history.script_location == tmp_path / "plugins/p"


def test_what_lies_above_the_repository_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": "broken", "repository/.git/HEAD": "", **_under("repository", FOLDERS)})

    assert find(tmp_path, "repository/mig/versions/a.py").problems == ()


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    """A configuration that does not lie above the revisions, and says what they alone do not show."""
    write(
        tmp_path,
        {
            "conf/alembic.ini": "[alembic]\nscript_location = ../db\npath_separator = space\n"
            "version_locations = ../db/one ../db/two\n",
            "db/env.py": ENV,
            "db/one/a.py": revision("a"),
            "db/two/b.py": revision("b"),
            "db/three/c.py": revision("c"),
        },
    )
    return tmp_path


def test_an_env_py_is_judged_by_the_configuration_that_claims_it(aside: Path) -> None:
    selection = only(find(aside))

    assert names(selection.files, aside) == ["db/one/a.py", "db/two/b.py"]
    assert names(selection.invisible, aside) == ["db/three/c.py"]


def test_a_file_belongs_to_the_history_that_a_given_folder_led_to(aside: Path) -> None:
    assert len(find(aside, "db/two/b.py", ".").selections) == 1


def test_a_file_is_found_through_a_link_to_its_folder(two: Path) -> None:
    (two / "link").symlink_to(two / "one")

    selection = only(find(two, "one", "link/mig/versions/002.py"))

    assert selection.reviewed == selection.files


def test_a_subfolder_is_judged_by_the_configuration_above_it(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": "[alembic]\nscript_location = src/mig\ntimezone = UTC\n", **_under("src", FOLDERS)})

    assert only(find(tmp_path, "src")).history.settings.timezone == "UTC"


def test_a_named_pyproject_is_read_with_the_ini_file_beside_it(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": INI, "pyproject.toml": "[tool.alembic]\ntimezone = 'UTC'\n", **FOLDERS})

    history = only(find(tmp_path, config="pyproject.toml")).history

    assert history.script_location == tmp_path / "mig"
    assert history.settings.timezone == "UTC"


def test_a_named_configuration_is_gone_by(two: Path) -> None:
    write(two, {"one/other.ini": "[alembic]\nscript_location = mig\nversion_locations = mig/versions/new\n"})

    everything = find(two, config="one/other.ini")
    part = find(two, "one/mig/versions", "two/mig/versions/001.py", config="one/other.ini")

    assert files(everything, two) == files(part, two) == [["one/mig/versions/new/003.py"]]


# What goes wrong.

BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "points nowhere": (
        {"alembic.ini": "[alembic]\nscript_location = gone\n"},
        "alembic.ini: [alembic] script_location = gone: there is no such folder; correct it, or run alembic init",
    ),
    "a package that is not there": (
        {"alembic.ini": "[alembic]\nscript_location = app:gone\n"},
        "alembic.ini: [alembic] script_location = app:gone: there is no such folder; correct it, or run alembic init",
    ),
    "no script_location": (
        {"alembic.ini": "[alembic]\n"},
        "alembic.ini: [alembic] has no script_location, and no env.py with revisions lies below it; set it",
    ),
    "an option that is not there": (
        {"alembic.ini": "[alembic]\nscript_location = %(root)s/mig\n"},
        'alembic.ini: [alembic] script_location: nothing defines "%(root)s"; write %% for a percent sign',
    ),
    "a single percent sign": (
        {"alembic.ini": f"{INI}file_template = %(rev)s_%(slug)s\n"},
        'alembic.ini: [alembic] file_template: nothing defines "%(rev)s"; write %% for a percent sign',
    ),
    "a percent sign alone": (
        {"alembic.ini": f"{INI}timezone = 50%\n"},
        "alembic.ini: [alembic] timezone: a percent sign that stands for nothing; write %% for a percent sign",
    ),
    "an unknown separator": (
        {"alembic.ini": f"{INI}version_locations = a b\npath_separator = os  # as usual\n"},
        'alembic.ini: [alembic] path_separator: "os  # as usual" is not a separator; write os, space, newline, : or ;',
    ),
    "no number": (
        {"alembic.ini": f"{INI}truncate_slug_length = many\n"},
        'alembic.ini: [alembic] truncate_slug_length: "many" is not a number; write one',
    ),
    "no section": (
        {"alembic.ini": "script_location = x\n"},
        "alembic.ini: line 1: an option before the first [section]; correct it",
    ),
    "a section twice": (
        {"alembic.ini": "[alembic]\n[alembic]\n"},
        "alembic.ini: line 2: [alembic] is there twice; remove one",
    ),
    "an option twice": (
        {"alembic.ini": "[alembic]\ntimezone = a\ntimezone = b\n"},
        "alembic.ini: line 3: timezone is there twice; remove one",
    ),
    "neither section nor option": (
        {"alembic.ini": "[alembic]\nwhat is this\n"},
        "alembic.ini: line 2: not an option of an ini file; correct it",
    ),
    "no TOML": ({"pyproject.toml": "[tool.alembic]\nx = \n"}, "pyproject.toml: not TOML: *; correct it"),
    "no table": (
        {"pyproject.toml": "tool.alembic = 'mig'\n"},
        "pyproject.toml: tool.alembic is not a table; write [tool.alembic]",
    ),
    "no string": (
        {"pyproject.toml": "[tool.alembic]\nscript_location = 1\n"},
        "pyproject.toml: [tool.alembic] script_location: not a string; write one",
    ),
    "no list": (
        {"pyproject.toml": f"{TOML}version_locations = 'a'\n"},
        "pyproject.toml: [tool.alembic] version_locations: not a list of strings; write one",
    ),
    "a list of something else": (
        {"pyproject.toml": f"{TOML}version_locations = [1]\n"},
        "pyproject.toml: [tool.alembic] version_locations: not a list of strings; write one",
    ),
    "neither true nor false": (
        {"pyproject.toml": f"{TOML}recursive_version_locations = 'yes'\n"},
        "pyproject.toml: [tool.alembic] recursive_version_locations: not true or false; write one",
    ),
    "an unknown token": (
        {"pyproject.toml": "[tool.alembic]\nscript_location = '%(root)s/mig'\n"},
        'pyproject.toml: [tool.alembic] script_location: nothing defines "%(root)s"; write %% for a percent sign',
    ),
    "a single percent sign in TOML": (
        {"pyproject.toml": f"{TOML}timezone = '50%'\n"},
        "pyproject.toml: [tool.alembic] timezone: a percent sign that stands for nothing; write %% for a percent sign",
    ),
    "nothing at all": (
        {"app.py": ""},
        ".: holds no Alembic history (alembic.ini, [tool.alembic], env.py, revisions); name the folder of one",
    ),
}


@pytest.mark.parametrize(("given", "expected"), BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_is_one_line_that_says_what_and_where(
    given: Mapping[str, str], expected: str, tmp_path: Path
) -> None:
    write(tmp_path, {"mig/versions/.keep": "", **given})

    found = find(tmp_path)

    assert found.selections == ()
    (line,) = told(found, tmp_path)
    assert re.fullmatch(re.escape(expected).replace(r"\*", "[^\n]*"), line)


def test_bytes_that_are_not_utf_8_are_told(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_bytes(b"[alembic]\n# caf\xe9\n")

    assert told(find(tmp_path), tmp_path) == ["alembic.ini: not UTF-8 (byte 15); save it as UTF-8"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, {"alembic.ini": "\ufeff" + INI, "mig/versions/a.py": revision("a")})

    assert len(only(find(tmp_path)).files) == 1


@pytest.mark.parametrize("name", ["alembic.ini", "pyproject.toml"])
def test_a_configuration_that_cannot_be_read_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {name: TOML})

    def refuse(path: str) -> bytes:
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied", path)
        return content(path)

    monkeypatch.setattr("alembic_review.history.configuration.content", refuse)

    assert told(find(tmp_path), tmp_path) == [f"{name}: cannot be read: Permission denied"]


def test_a_version_location_that_is_a_file_is_told_and_the_other_history_reviewed(tmp_path: Path) -> None:
    write(tmp_path, {"a/alembic.ini": INI, "a/mig/versions": "", "b/alembic.ini": INI, "b/mig/versions/b.py": ""})

    found = find(tmp_path)

    assert told(found, tmp_path) == ["a/mig/versions: cannot be read: Not a directory"]
    assert [names(selection.files, tmp_path) for selection in found.selections] == [[], ["b/mig/versions/b.py"]]


def test_one_broken_configuration_of_many_does_not_keep_the_others_from_review(two: Path) -> None:
    write(two, {"one/alembic.ini": "[alembic]\nscript_location = %(x)s\n"})

    found = find(two)

    assert len(found.problems) == 1
    assert [names(selection.files, two)[0] for selection in found.selections] == ["two/mig/versions/001.py"]


def test_a_broken_configuration_is_told_once_for_all_files_below_it(two: Path) -> None:
    write(two, {"one/alembic.ini": "[alembic]\nscript_location = gone\n"})

    found = find(two, "one/mig/versions/001.py", "one/mig/versions/002.py", "one/mig/versions/new/003.py")

    assert len(found.problems) == 1


def test_a_broken_configuration_below_is_all_that_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"app/alembic.ini": "broken"})

    assert told(find(tmp_path), tmp_path) == [
        "app/alembic.ini: line 1: an option before the first [section]; correct it"
    ]


def test_missing_paths_are_told_and_the_others_reviewed(two: Path) -> None:
    found = find(two, "gone", "one/mig/versions/gone.py", "two")

    assert told(found, two) == [
        "gone: there is no such file or folder; check the name",
        "one/mig/versions/gone.py: there is no such file or folder; check the name",
    ]
    assert len(found.selections) == 1


def test_a_folder_beside_the_revisions_is_told(two: Path) -> None:
    (two / "one/mig/helpers").mkdir()

    assert told(find(two, "one/mig/helpers"), two) == [
        "one/mig/helpers: holds no revisions of the history that it belongs to; name a folder that does"
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("gone.ini", None, "there is no such file; name an alembic.ini or a pyproject.toml"),
        (
            "setup.cfg",
            "[metadata]\n",
            "does not configure Alembic; write [alembic], or [tool.alembic] in pyproject.toml",
        ),
        (
            "empty.ini",
            "[alembic]\n",
            "[alembic] has no script_location, and no env.py with revisions lies below it; set it",
        ),
    ],
)
def test_a_named_configuration_that_cannot_be_gone_by_is_all_that_is_told(
    name: str, text: str | None, expected: str, two: Path
) -> None:
    (two / "apart").mkdir()
    if text is not None:
        write(two, {f"apart/{name}": text})

    found = find(two, "one", config=f"apart/{name}")

    assert found.selections == ()
    assert told(found, two) == [f"apart/{name}: {expected}"]


def test_a_project_error_reads_as_one_line() -> None:
    assert str(ProjectError(Path("a.ini"), "is wrong; correct it")) == "a.ini: is wrong; correct it"


def test_nothing_is_parsed_that_does_not_speak_of_alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.alembic-review]\nx = 1\n[project]\ndependencies = ['alembic']\n[broken"})
    write(tmp_path, FOLDERS)

    assert find(tmp_path).problems == ()
    assert configuration.read(tmp_path / "pyproject.toml") == []


# Real ones.

_REVISION = re.compile(rb"^revision\s*(?::[^=\n]+)?=", re.MULTILINE)
_DOWN_REVISION = re.compile(rb"^down_revision\s*(?::[^=\n]+)?=", re.MULTILINE)


@pytest.mark.corpora
@corpora
@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_every_revision_of_a_real_project_is_found_once(package: Path, tmp_path: Path) -> None:
    there = sorted(
        path
        for path in package.rglob("*.py")
        if _REVISION.search(text := path.read_bytes()) and _DOWN_REVISION.search(text)
    )

    found = find_histories([package], None, tmp_path)

    assert found.problems == ()
    assert sorted(path for selection in found.selections for path in selection.files) == there
    assert all(selection.reviewed == selection.files and not selection.invisible for selection in found.selections)


@pytest.mark.corpora
@corpora
@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_a_history_of_a_real_project_is_the_same_from_all_sides(package: Path, tmp_path: Path) -> None:
    for selection in find_histories([package], None, tmp_path).selections:
        ways: list[tuple[Path, ...]] = [selection.files, selection.history.version_locations]
        for way in ways:
            assert only(find_histories(way, None, tmp_path)).reviewed == selection.files
        one = only(find_histories([selection.files[-1]], None, tmp_path))
        assert (one.files, one.reviewed) == (selection.files, selection.files[-1:])


@pytest.mark.corpora
@corpora
@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_the_files_of_a_real_history_are_those_that_alembic_loads(package: Path, tmp_path: Path) -> None:
    for selection in find_histories([package], None, tmp_path).selections:
        assert [str(path.resolve()) for path in selection.files] == _loaded(selection)
