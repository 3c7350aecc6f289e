"""``alembic-review clean``: removes what earlier runs remembered."""

from __future__ import annotations

import click


@click.command("clean")
@click.option("--cache-dir", type=click.Path(), metavar="DIR", help="The folder, if not the one of the settings.")
def command(cache_dir: str | None) -> None:
    """Remove what earlier runs remembered; the next one reads everything anew."""
    from pathlib import Path

    from alembic_review.cli.names import RuleNames
    from alembic_review.cli.stop import Stop
    from alembic_review.config import ConfigError, nearest
    from alembic_review.history.cache import Cache, default_folder

    try:
        folder = Path(cache_dir) if cache_dir else nearest((), RuleNames()).cache_dir or default_folder()
        there = Cache(folder).clean()
    except ConfigError as error:
        raise Stop(str(error)) from error
    if not there and folder.exists():
        raise Stop(f"{folder}: no cache of alembic-review, so nothing in it was touched")
    click.echo(f"Removed {folder}" if there else f"Nothing to remove: there is no {folder}")
