"""What a command raises when it cannot do its work."""

from __future__ import annotations

import click


class Stop(click.ClickException):
    """A line, or several, that say what, where and what to do; ends the run with exit code 2."""

    exit_code = 2
