"""``alembic-review clean``: removes what earlier runs remembered."""

from __future__ import annotations

import click


@click.command("clean")
@click.option("--cache-dir", type=click.Path(), metavar="DIR", help="The folder, if check was given one.")
def command(cache_dir: str | None) -> None:
    """Remove what earlier runs remembered; the next one reads everything anew."""
    from pathlib import Path

    from alembic_review.cli.stop import Stop
    from alembic_review.history.cache import Cache, CacheError, default_folder

    folder = Path(cache_dir) if cache_dir is not None else default_folder()
    try:
        there = Cache(folder).clean()
    except CacheError as error:
        raise Stop(str(error)) from error
    click.echo(f"Removed {folder}" if there else f"Nothing to remove: there is no {folder}")
