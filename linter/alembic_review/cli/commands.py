"""The command ``alembic-review``, which loads of its subcommands only what is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from alembic_review import __version__
from alembic_review.cli import COULD_NOT_WORK, INTERRUPTED
from alembic_review.nearest import did_you_mean

_NAMES = ("check", "rule", "rules", "clean")
"""Each is a module beside this one, with a `command`."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _NAMES:
            return None
        command = import_module(f"alembic_review.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and name not in _NAMES:
            raise click.UsageError(f'no command is called "{name}"{did_you_mean(name, _NAMES)}', ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="alembic-review %(version)s")
def commands() -> None:
    """Review Alembic migrations: what they destroy, forget to undo, will fail at, and will block in production.

    Nothing of the project is imported or run.
    """


def run() -> int:
    """Runs the command of `sys.argv` and returns its exit code; tells on standard error what stopped it."""
    try:
        return int(commands.main(prog_name="alembic-review", standalone_mode=False) or 0)
    except click.ClickException as error:
        from alembic_review.reporters.printable import printable

        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help'.\n", err=True)
        for line in error.format_message().split("\n"):
            click.echo(f"error: {printable(line)}", err=True)
        return COULD_NOT_WORK
    except click.Abort:
        return INTERRUPTED
