"""The command line: what starts a command, and what becomes of everything that stops one."""

from __future__ import annotations

import gc
import io
import os
import sys

INTERRUPTED = 130
COULD_NOT_WORK = 2


def main() -> None:
    """Runs the command of `sys.argv` and raises SystemExit with its exit code.

    0: nothing found that fails a run, 1: something found, 2: the work could not be done, 130: interrupted.
    """
    sys.exit(_exit_code())


def process() -> None:
    """Runs the command of `sys.argv` and ends the process at once.

    To take apart, one by one, all the objects there are takes a fifth of the time of a run that finds nothing new.
    """
    code = _exit_code()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        sys.exit(code)  # A stream that is closed or full is Python's to tell of.
    os._exit(code)


def _exit_code() -> int:
    # A run is over before collecting garbage pays: what it makes has few circles, and they are broken.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # A terminal that cannot show a letter is no reason to stop.
            stream.reconfigure(errors="backslashreplace")
    try:
        from alembic_review.cli.commands import run

        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    from alembic_review import __version__
    from alembic_review.reporters.printable import printable

    if os.environ.get("ALEMBIC_REVIEW_DEBUG"):
        import traceback

        traceback.print_exception(error)
    kind = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        about = f": {error.filename}" if error.filename else ""
        words = f"{error.strerror}{about}"
    else:
        words = (
            f"this is a bug in alembic-review {__version__}, please report it: {kind}: {error}"
            " (with ALEMBIC_REVIEW_DEBUG=1 it shows where)"
        )
    print(f"error: {printable(words)}", file=sys.stderr)
    return COULD_NOT_WORK
