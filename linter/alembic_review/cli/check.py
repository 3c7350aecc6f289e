"""``alembic-review check``: reviews a history and reports."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from alembic_review.choices import DIALECTS, FAIL_ON, FORMATS, SELECT_WORDS

_PATH = click.Path(readable=False)  # What is wrong with a file is for us to tell, in the report where it is a revision.


def _split(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...] | None:
    if not values:
        return None
    return tuple(name for value in values for name in value.replace(",", " ").split())


@click.command("check")
@click.argument("paths", nargs=-1, type=_PATH)
@click.option(
    "--select",
    multiple=True,
    callback=_split,
    metavar="NAMES",
    help="Rules or groups to ask, with commas between them; also all and default. Replaces what the settings say.",
)
@click.option(
    "--ignore",
    multiple=True,
    callback=_split,
    metavar="NAMES",
    help="Rules or groups to leave out, of those that are selected.",
)
@click.option("--format", "format_", type=click.Choice(FORMATS), help="How to report.  [default: full]")
@click.option("--output-file", type=_PATH, metavar="FILE", help="Where to report, if not to the screen.")
@click.option(
    "--fail-on", type=click.Choice(FAIL_ON), help="The least level that ends in exit code 1.  [default: warning]"
)
@click.option("--dialect", type=click.Choice(DIALECTS), help="The database that is migrated.  [default: postgresql]")
@click.option(
    "--config",
    "config_file",
    type=_PATH,
    metavar="FILE",
    help="The settings, if not in the nearest alembic-review.toml or pyproject.toml.",
)
@click.option(
    "--base",
    is_flag=False,
    flag_value="",
    metavar="BRANCH",
    help="Review what this branch adds to BRANCH or changes. Without BRANCH (then write it last, or before another "
    "option): the target of the pull request that GitHub, GitLab or Bitbucket builds, else origin's default branch.",
)
@click.option("--no-base", is_flag=True, help="Review all, though the settings name a base.")
@click.option("--since", metavar="REVISION", help="Review only what comes after this revision.")
@click.option("--baseline", type=_PATH, metavar="FILE", help="Leave out the findings that stand in this file.")
@click.option(
    "--write-baseline",
    type=_PATH,
    metavar="FILE",
    help="Write what is found into this file, for --baseline; nothing is reported.",
)
@click.option(
    "--add-allows",
    metavar="REASON",
    help="Write a comment beside each finding that allows it, with this reason; nothing is reported.",
)
@click.option("--statistics", is_flag=True, help="Also count findings by rule, and what is unread by reason.")
@click.option("--no-cache", is_flag=True, help="Read and review everything anew, and remember nothing.")
@click.option("--cache-dir", type=_PATH, metavar="DIR", help="Where to remember what was read.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[default: auto]")
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[str, ...],
    select: tuple[str, ...] | None,
    ignore: tuple[str, ...] | None,
    format_: str | None,
    output_file: str | None,
    fail_on: str | None,
    dialect: str | None,
    config_file: str | None,
    base: str | None,
    no_base: bool,
    since: str | None,
    baseline: str | None,
    write_baseline: str | None,
    add_allows: str | None,
    statistics: bool,
    no_cache: bool,
    cache_dir: str | None,
    color: str,
) -> None:
    """Review the revisions in PATHS, files or folders; without PATHS, those of the project in this folder.

    Exit code 0: nothing found that matters, 1: something found, 2: the work could not be done.
    """
    from pathlib import Path

    from msgspec.structs import replace

    from alembic_review import reporters
    from alembic_review.cli.names import RuleNames
    from alembic_review.cli.output import may_color, output
    from alembic_review.cli.stop import Stop
    from alembic_review.config import Config, ConfigError, Selection, check_names, level, load, nearest
    from alembic_review.diagnostics import Report
    from alembic_review.history.cache import Cache, CacheError, default_folder
    from alembic_review.history.project import ProjectError
    from alembic_review.history.project import Selection as Selected
    from alembic_review.history.tree import ProjectTree
    from alembic_review.reporters.source import lines_of
    from alembic_review.reporters.summary import summary
    from alembic_review.run import RunError, run

    def review(
        histories: Sequence[tuple[Selected, ProjectTree]], config: Config, cache: Cache | None
    ) -> tuple[Report, list[Path]]:
        # A run that finds everything as it was needs no rules and no parsers.
        from alembic_review.cli.installed import installed_rules
        from alembic_review.registry import folders_of
        from alembic_review.review import review as review_all

        rules = installed_rules()
        if not any(config.selects(rule.name, rule.group, default=rule.default_on) for rule in rules):
            raise Stop("no rule is selected, so that nothing can be found: see select and ignore")
        return review_all(histories, config, rules, cache), folders_of(rules)

    if add_allows is not None and (not add_allows.strip() or "\n" in add_allows or "\r" in add_allows):
        raise Stop("--add-allows: say why, in one line")
    if add_allows is not None and write_baseline:
        raise Stop("--add-allows and --write-baseline: choose one of them")
    given = {
        "--output-file": output_file,
        "--config": config_file,
        "--since": since,
        "--baseline": baseline,
        "--write-baseline": write_baseline,
        "--cache-dir": cache_dir,
    }
    if empty := next((option for option, value in given.items() if value == ""), None):
        raise Stop(f"{empty}: nothing is named; leave it out, or say what is meant")
    if base is not None and no_base:
        raise Stop("--base and --no-base: choose one of them")
    try:
        targets = [Path(path) for path in paths]
        names = RuleNames()
        config = load(Path(config_file), names) if config_file else nearest(targets, names)
        check_names(select or (), names, "--select", SELECT_WORDS)
        check_names(ignore or (), names, "--ignore")
        config = replace(
            config.selecting(Selection(select, ignore or ())),
            dialect=dialect or config.dialect,
            says_dialect=dialect is not None or config.says_dialect,
            fail_on=level(fail_on) if fail_on else config.fail_on,
            format=format_ or config.format,
            base=None if no_base else config.base if base is None else base,
            start_after=since or config.start_after,
            baseline=Path(baseline) if baseline else config.baseline,
        )
        cache = None
        if not no_cache:
            # Looked for only where it is needed: what asks the system where caches belong is slow to import.
            cache = Cache(Path(cache_dir) if cache_dir is not None else default_folder())
        ran = run(targets, config, review, cache)
        report = ran.report
    except (CacheError, ConfigError, ProjectError, RunError) as error:
        raise Stop(str(error)) from error

    if config.baseline and not write_baseline:
        from alembic_review.cli.baselines import without

        report = without(report, config.baseline)
    if add_allows is not None:
        from alembic_review.cli.allowing import allow

        files, unwritten = allow(report.diagnostics, add_allows.strip())
        click.echo(f"Files with new comments: {files}.")
        if unwritten or ran.problems:
            raise Stop("\n".join((*unwritten, *ran.problems)))
        return

    if write_baseline:
        from alembic_review.cli.baselines import write

        click.echo(f"Entries in {write_baseline}: {write(report, Path(write_baseline))}.")
        if ran.problems:
            raise Stop("\n".join(ran.problems))
        return

    with output(Path(output_file) if output_file else None) as stream:
        when = "never" if output_file and color == "auto" else color
        options = reporters.Options(lines_of, color=may_color(when, stream, os.environ), statistics=statistics)
        reporters.write(config.format, report, stream, options)
    if output_file:
        click.echo(summary(report), err=True)
    if ran.problems:
        # The other histories were reviewed all the same.
        raise Stop("\n".join(ran.problems))
    limit = config.fail_on
    fails = limit is not None and any(diagnostic.severity.rank <= limit.rank for diagnostic in report.diagnostics)
    context.exit(1 if fails else 0)
