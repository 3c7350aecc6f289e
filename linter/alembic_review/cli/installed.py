"""The rules that are installed, without which no command has anything to say."""

from __future__ import annotations

from alembic_review import registry
from alembic_review.cli.stop import Stop
from alembic_review.rule import Rule


def installed_rules() -> tuple[type[Rule], ...]:
    """All rules there are, as the registry finds them. Raises Stop where it cannot."""
    try:
        return registry.load_rules()
    except registry.RuleError as error:
        raise Stop(str(error)) from error
