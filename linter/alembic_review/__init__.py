"""Reviews Alembic migrations: what they destroy, forget to undo, will fail at, and will block in production.

The public face for people who write rules: `Rule`, `Change`, `Step`, `Severity`, `Finding`, and the modules
`operations`, `types`, `schema` and `testing`. Names are imported when they are asked for, so that the command starts
fast.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "Change": "change",
    "Finding": "rule",
    "Rule": "rule",
    "Severity": "diagnostics",
    "Step": "change",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
