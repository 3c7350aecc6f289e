"""``python -m alembic_review``: the command, where its script is not on the path."""

import sys

from alembic_review.cli import process

if not getattr(sys.flags, "safe_path", False):
    # Python looks first in the working directory, which is the project's: nothing of it is ever run.
    del sys.path[0]

process()
