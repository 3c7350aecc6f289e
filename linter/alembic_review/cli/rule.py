"""``alembic-review rule``: the page of one rule."""

from __future__ import annotations

import click


@click.command("rule")
@click.argument("name")
def command(name: str) -> None:
    """Explain the rule NAME: what it flags, why that is bad, and what to write instead."""
    from alembic_review.cli.installed import installed_rules
    from alembic_review.cli.output import output
    from alembic_review.cli.stop import Stop
    from alembic_review.nearest import did_you_mean
    from alembic_review.proof import PROVEN_ON

    rules = {rule.name: rule for rule in installed_rules()}
    rule = rules.get(name)
    if rule is None:
        members = sorted(other.name for other in rules.values() if other.group == name)
        if members:
            raise Stop(f'"{name}" is a group of rules: {", ".join(members)}')
        raise Stop(f'no rule is called "{name}"{did_you_mean(name, rules)} (alembic-review rules lists all)')
    with output(None) as stream:
        on = "" if rule.default_on else " Off unless selected."
        stream.write(f"# {rule.name}\n\nGroup: {rule.group}. Level: {rule.severity.value}.{on}\n\n{rule.page()}\n")
        if rule.proof is not None:
            stream.write(f"\n## Proof\n\nProven on {PROVEN_ON[rule.proof.dialect]}: {rule.proof.words}.\n")
