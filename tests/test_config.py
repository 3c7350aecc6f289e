"""The settings of a project: where they are found, what they mean, and what is said of what has no meaning."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alembic_review.choices import DIALECTS
from alembic_review.config import (
    Config,
    ConfigError,
    ExternalTables,
    Selection,
    check_settings,
    check_wrappers,
    load,
    loads,
    nearest,
)
from alembic_review.diagnostics import Severity

NAMES = {"dropped-column", "dropped-table", "no-lock-timeout", "unread-operation", "data_loss", "locks", "history"}

EVERYTHING = """
select = ["default", "no-lock-timeout"]
ignore = ["locks"]
dialect = "mysql"
fail-on = "error"
format = "concise"
unread = "error"
postgresql = "15.4"
sqlalchemy = "2.0"
alembic = "1"
small-tables = ["country", "audit.kind"]
start-after = "86ef3d9ea91b"
baseline = "review/baseline.json"

[external-tables]
names = ["legacy_orders", "audit.event"]
patterns = ["zz_*"]

[wrappers]
"shop.db.add_column" = "add_column"

[severity]
dropped-column = "info"
data_loss = "error"

[per-file-ignores]
"versions/2019*" = ["data_loss"]

[rules.suspected-column-rename]
threshold = 0.9

[file-name]
pattern = '\\d{4}-\\d\\d-\\d\\d_\\w+\\.py'
"""


def settings(folder: Path, text: str, name: str = "alembic-review.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file, NAMES)
    return str(caught.value)


def test_every_setting_is_read(tmp_path: Path) -> None:
    file = settings(tmp_path, EVERYTHING)

    config = load(file, NAMES)

    assert config == Config(
        file=file,
        selections=(Selection(("default", "no-lock-timeout"), ("locks",)),),
        external_tables=ExternalTables(("legacy_orders", "audit.event"), ("zz_*",)),
        dialect="mysql",
        says_dialect=True,
        fail_on=Severity.ERROR,
        format="concise",
        wrappers={"shop.db.add_column": "add_column"},
        postgresql=(15, 4),
        sqlalchemy=(2, 0),
        alembic=(1,),
        small_tables=("country", "audit.kind"),
        start_after="86ef3d9ea91b",
        severity={
            "dropped-column": Severity.INFO,
            "data_loss": Severity.ERROR,
            "unread-operation": Severity.ERROR,
        },
        per_file_ignores={"versions/2019*": ("data_loss",)},
        file_name_pattern=r"\d{4}-\d\d-\d\d_\w+\.py",
        rules={"suspected-column-rename": {"threshold": 0.9}},
        baseline=tmp_path / "review/baseline.json",
    )


def test_pyproject_toml_says_the_same_in_its_own_table(tmp_path: Path) -> None:
    own = load(settings(tmp_path, 'dialect = "sqlite"\n[severity]\nlocks = "info"'), NAMES)

    shared = load(
        settings(
            tmp_path,
            '[tool.alembic-review]\ndialect = "sqlite"\n[tool.alembic-review.severity]\nlocks = "info"',
            "pyproject.toml",
        ),
        NAMES,
    )

    assert (own.dialect, own.severity) == (shared.dialect, shared.severity) == ("sqlite", {"locks": Severity.INFO})


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    file = settings(tmp_path, "")

    config = load(file, NAMES)

    assert config == Config(file=file, selections=(Selection(),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('selct = ["locks"]', 'no setting is called "selct"; did you mean "select"?'),
        ("fail_on = 'error'", 'no setting is called "fail_on"; did you mean "fail-on"?'),
        ("zzz = 1", 'no setting is called "zzz"'),
        ("[tool.alembic-review]", "leave [tool.alembic-review] out; the settings stand by themselves here"),
        (
            'select = ["dropped-colum"]',
            'select: no rule or group is called "dropped-colum"; did you mean "dropped-column"?',
        ),
        ('ignore = ["data-loss"]', 'ignore: no rule or group is called "data-loss"; did you mean "data_loss"?'),
        ('ignore = ["all"]', 'ignore: no rule or group is called "all"'),
        ('[severity]\nlock = "info"', 'severity: no rule or group is called "lock"; did you mean "locks"?'),
        (
            '[severity]\nlocks = "warn"',
            'severity.locks: "warn" is none of error, warning, info; did you mean "warning"?',
        ),
        (
            '[per-file-ignores]\n"*" = ["lockz"]',
            'per-file-ignores.*: no rule or group is called "lockz"; did you mean "locks"?',
        ),
        ("[rules]\nlocks = 1", "rules.locks has to be a table"),
        (
            '[rules.locks]\nlimit = "1"',
            'rules.locks.limit has to be a number, as in 0.8, or a list of texts, as in ["a", "b"]',
        ),
        (
            "[rules.locks]\nlimit = true",
            'rules.locks.limit has to be a number, as in 0.8, or a list of texts, as in ["a", "b"]',
        ),
        ("[rules.locks]\nwords = [1]", 'rules.locks.words has to be a list of texts, as in ["a", "b"]'),
        (
            'dialect = "postgres"',
            f'dialect: "postgres" is none of {", ".join(DIALECTS)}; did you mean "postgresql"?',
        ),
        ('fail-on = "info"', 'fail-on: "info" is none of error, warning, never'),
        ('format = "JSON"', 'format: "JSON" is none of full, concise, json, github; did you mean "json"?'),
        ('unread = "eror"', 'unread: "eror" is none of error, warning, info; did you mean "error"?'),
        ("postgresql = 15", 'postgresql has to be text in quotes, as in "15"'),
        ('postgresql = "15beta"', 'postgresql: "15beta" is no version, as "15" and "2.0" are'),
        ("small-tables = 'country'", 'small-tables has to be a list of texts, as in ["a", "b"]'),
        ("small-tables = [1]", 'small-tables has to be a list of texts, as in ["a", "b"]'),
        ("start-after = ['a']", "start-after has to be text in quotes"),
        ("external-tables = ['a']", "external-tables has to be a table"),
        ("[external-tables]\nname = ['a']", 'external-tables: no setting is called "name"; did you mean "names"?'),
        ("[wrappers]\na = 1", 'wrappers.a has to be text in quotes, as in "1"'),
        (
            "[file-name]\npattern = '('",
            'file-name.pattern: "(" is no regular expression: missing ), unterminated subpattern at position 0',
        ),
    ],
)
def test_what_has_no_meaning_is_told_with_the_file_the_place_and_the_nearest_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    file = settings(tmp_path, text)
    monkeypatch.chdir(tmp_path)

    assert refusal(file) == f"alembic-review.toml: {message}"


def test_a_place_in_pyproject_toml_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = settings(tmp_path, "[tool.alembic-review.external-tables]\nnames = 1", "pyproject.toml")
    monkeypatch.chdir(tmp_path)

    assert refusal(file).startswith("pyproject.toml: tool.alembic-review.external-tables.names has to be a list")


def test_what_is_no_toml_or_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    broken = settings(tmp_path, "a = = 1")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# \xe9")
    deep = settings(tmp_path, "a = " + "[" * 100_000, "deep.toml")
    long = settings(tmp_path, "a = " + "9" * 10_000, "long.toml")

    told = {
        file.name: refusal(file).removeprefix(f"{file}: ")
        for file in (broken, latin, deep, long, tmp_path / "missing.toml")
    }

    assert told["alembic-review.toml"].startswith("is not TOML: ")
    assert told["latin.toml"] == "is not UTF-8, as TOML has to be"
    assert told["deep.toml"].startswith("is not TOML: ")
    assert told["long.toml"].startswith("is not TOML: ")
    assert told["missing.toml"] == "cannot be read: No such file or directory"
    assert "\n" not in "".join(told.values())


def test_a_named_pyproject_toml_must_have_settings(tmp_path: Path) -> None:
    file = settings(tmp_path, "[tool.ruff]", "pyproject.toml")

    assert refusal(file).endswith("pyproject.toml: there is no [tool.alembic-review] in it")


def test_strange_tables_above_ours_are_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(tmp_path, "tool = 'alembic-review'", "pyproject.toml")
    monkeypatch.chdir(tmp_path)

    assert nearest([], NAMES).file is None


class TestNearest:
    """Which file is the nearest."""

    def test_it_is_looked_for_upwards_from_the_present_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = settings(tmp_path, "[tool.alembic-review]", "pyproject.toml")
        settings(tmp_path / "a", "[tool.ruff]", "pyproject.toml")
        (tmp_path / "a/b").mkdir()
        monkeypatch.chdir(tmp_path / "a/b")

        assert nearest([], NAMES).file == file

    def test_a_file_of_its_own_goes_before_pyproject_toml(self, tmp_path: Path) -> None:
        settings(tmp_path, "[tool.alembic-review]", "pyproject.toml")
        file = settings(tmp_path, "")

        assert nearest([tmp_path], NAMES).file == file

    def test_it_is_not_looked_for_above_the_repository(self, tmp_path: Path) -> None:
        settings(tmp_path, "")
        (tmp_path / "repository/.git").mkdir(parents=True)

        assert nearest([tmp_path / "repository"], NAMES) == Config()

    def test_it_is_found_at_the_root_of_the_repository(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        file = settings(tmp_path, "")

        assert nearest([tmp_path], NAMES).file == file

    def test_targets_decide_and_not_the_present_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        settings(tmp_path, "")
        file = settings(tmp_path / "service", "")
        (tmp_path / "service/versions").mkdir()
        revisions = [tmp_path / "service/versions/a.py", tmp_path / "service/versions/b.py"]
        revisions[0].touch()
        monkeypatch.chdir(tmp_path)

        assert nearest([Path("service/versions/a.py"), revisions[1]], NAMES).file == file

    def test_targets_of_two_services_share_what_stands_above_both(self, tmp_path: Path) -> None:
        file = settings(tmp_path, "")
        for service in ("a", "b"):
            settings(tmp_path / service, "")

        assert nearest([tmp_path / "a", tmp_path / "b"], NAMES).file == file

    def test_a_broken_pyproject_toml_of_others_is_passed_by(self, tmp_path: Path) -> None:
        file = settings(tmp_path, "")
        settings(tmp_path / "a", "= = =", "pyproject.toml")

        assert nearest([tmp_path / "a"], NAMES).file == file

    @pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
    def test_a_folder_that_may_not_be_looked_into_is_passed_by(self, tmp_path: Path) -> None:
        file = settings(tmp_path, "")
        (tmp_path / "a/b").mkdir(parents=True)
        (tmp_path / "a").chmod(0o600)

        try:
            found = nearest([tmp_path / "a"], NAMES).file
        finally:
            (tmp_path / "a").chmod(0o700)

        assert found == file


class TestSelection:
    """Which rules are asked."""

    @pytest.mark.parametrize(
        ("layers", "expected"),
        [
            ([], {"dropped-column", "dropped-table"}),
            ([Selection()], {"dropped-column", "dropped-table"}),
            ([Selection(("locks",))], {"no-lock-timeout"}),
            ([Selection(("all",))], {"dropped-column", "dropped-table", "no-lock-timeout"}),
            ([Selection(("default", "no-lock-timeout"))], {"dropped-column", "dropped-table", "no-lock-timeout"}),
            ([Selection(("all",), ("data_loss",))], {"no-lock-timeout"}),
            ([Selection(("dropped-table",), ("data_loss",))], {"dropped-table"}),
            ([Selection(("data_loss",), ("dropped-table",))], {"dropped-column"}),
            ([Selection(("data_loss",), ("data_loss",))], set()),
            ([Selection(None, ("dropped-table",))], {"dropped-column"}),
            ([Selection(("locks",), ("data_loss",)), Selection(("data_loss",))], {"dropped-column", "dropped-table"}),
            ([Selection(("dropped-table",)), Selection(None, ("data_loss",))], set()),
            ([Selection(("all",)), Selection(None, ("dropped-table",))], {"dropped-column", "no-lock-timeout"}),
            ([Selection(())], set()),
        ],
    )
    def test_the_more_exact_name_wins_and_select_replaces_what_was_said_before(
        self, layers: list[Selection], expected: set[str]
    ) -> None:
        rules = [
            ("dropped-column", "data_loss", True),
            ("dropped-table", "data_loss", True),
            ("no-lock-timeout", "locks", False),
        ]
        config = Config()
        for layer in layers:
            config = config.selecting(layer)

        selected = {rule for rule, group, default in rules if config.selects(rule, group, default=default)}

        assert selected == expected


def test_the_level_of_a_rule_goes_before_that_of_its_group() -> None:
    config = Config(severity={"data_loss": Severity.INFO, "dropped-table": Severity.ERROR})

    levels = [
        config.severity_of(rule, group, default=Severity.WARNING)
        for rule, group in (("dropped-table", "data_loss"), ("dropped-column", "data_loss"), ("x", "locks"))
    ]

    assert levels == [Severity.ERROR, Severity.INFO, Severity.WARNING]


def test_a_level_of_its_own_goes_before_unread(tmp_path: Path) -> None:
    file = settings(tmp_path, 'unread = "error"\n[severity]\nunread-operation = "warning"')

    assert load(file, NAMES).severity == {"unread-operation": Severity.WARNING}


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("versions/2019*", "versions/2019-01-01_x.py", True),
        ("versions/2019*", "other/versions/2019-01-01_x.py", False),
        ("2019*", "versions/2019-01-01_x.py", True),
        ("versions/*", "versions/old/x.py", True),
        ("versions/2019*", "versions/2020-01-01_x.py", False),
    ],
)
def test_files_are_ignored_by_their_path_from_the_settings_or_their_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, path: str, ignored: bool
) -> None:
    config = Config(file=tmp_path / "alembic-review.toml", per_file_ignores={pattern: ("data_loss", "file-name")})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert config.ignores(str(Path("..") / path), "dropped-table", "data_loss") is ignored
    assert config.ignores(str(tmp_path / path), "file-name", "history") is ignored
    assert not config.ignores(str(tmp_path / path), "multiple-heads", "history")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[rules.dropped-colum]\nlimit = 1",
            'alembic-review.toml: rules: no rule is called "dropped-colum"; did you mean "dropped-column"?',
        ),
        (
            "[rules.dropped-column]\nlimits = 1",
            'alembic-review.toml: rules.dropped-column: no setting is called "limits"; did you mean "limit"?',
        ),
        (
            '[rules.dropped-column]\nlimit = ["a"]',
            "alembic-review.toml: rules.dropped-column.limit has to be a number, as in 0.8",
        ),
        (
            "[rules.dropped-column]\nshare = 5",
            "alembic-review.toml: rules.dropped-column.share has to lie between 0 and 1, as 0.5 does",
        ),
        (
            "[rules.dropped-column]\nshare = -0.1",
            "alembic-review.toml: rules.dropped-column.share has to lie between 0 and 1, as 0.5 does",
        ),
        (
            "[rules.dropped-column]\nwords = 1",
            'alembic-review.toml: rules.dropped-column.words has to be a list of texts, as in ["a", "b"]',
        ),
    ],
)
def test_a_setting_that_no_rule_has_or_of_another_kind_is_refused(text: str, message: str) -> None:
    config = loads(text, NAMES)

    with pytest.raises(ConfigError) as caught:
        check_settings(config, {"dropped-column": {"limit": 2, "share": 0.5, "words": ("a",)}})

    assert str(caught.value) == message


def test_a_setting_that_a_rule_has_is_taken() -> None:
    config = loads('[rules.dropped-column]\nlimit = 1\nwords = ["b"]', NAMES)

    check_settings(config, {"dropped-column": {"limit": 2, "words": ("a",)}})

    assert config.rules == {"dropped-column": {"limit": 1.0, "words": ("b",)}}


def test_a_wrapper_stands_for_a_directive_that_there_is() -> None:
    config = loads('[wrappers]\n"shop.db.add" = "add_columns"', NAMES)

    with pytest.raises(ConfigError) as caught:
        check_wrappers(config, {"add_column", "drop_table"})

    assert str(caught.value) == (
        'alembic-review.toml: wrappers.shop.db.add: no directive of Alembic is called "add_columns"; '
        'did you mean "add_column"?'
    )


def test_a_slip_in_the_name_of_our_table_is_told(tmp_path: Path) -> None:
    shared = settings(tmp_path, '[tool.alembic_review]\ndialect = "sqlite"', "pyproject.toml")

    assert refusal(shared).endswith(": tool.alembic_review has to be called tool.alembic-review")


@pytest.mark.parametrize(("value", "base"), [('"main"', "main"), ("true", ""), ("false", None)])
def test_the_base_is_a_branch_or_that_of_the_pull_request(tmp_path: Path, value: str, base: str | None) -> None:
    assert load(settings(tmp_path, f"base = {value}"), NAMES).base == base


@pytest.mark.parametrize("value", ["1", '""', "[]"])
def test_what_can_be_no_base_is_told(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match="base has to be"):
        load(settings(tmp_path, f"base = {value}"), NAMES)
