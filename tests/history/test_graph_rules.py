"""What the rules about the graph say, held against Alembic's own ScriptDirectory: as histories are, and broken."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from alembic.script.revision import CycleDetected, Revision, RevisionMap
from msgspec.structs import replace

from alembic_review.config import Config
from alembic_review.history.folder import History, load
from alembic_review.history.project import Selection, find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.parsing.module import Reader
from alembic_review.revision import Revision as Read
from alembic_review.rule import Rule
from alembic_review.text import content
from alembic_review_rules.history.multiple_heads import MultipleHeads
from alembic_review_rules.history.revision_cycle import RevisionCycle
from alembic_review_rules.history.unknown_parent import UnknownParent
from tests.history.oracle import corpora, packages, script_directory, scripts, unimported

pytestmark = [pytest.mark.corpora, corpora]


@cache
def histories(package: Path) -> list[tuple[Selection, list[Read]]]:
    """The histories of a package, with their revisions."""
    found = []
    for selection in find_histories([package], None, package).selections:
        reader = Reader(ProjectTree(selection))
        found.append((selection, [_read(reader, str(file)) for file in selection.files]))
    return found


def _read(reader: Reader, path: str) -> Read:
    found = reader.read(path, content(path))
    assert isinstance(found, Read), found
    # Their operations are nothing that these rules ask for.
    return replace(found, upgrade=(), downgrade=(), leans=())


def history(selection: Selection, revisions: Iterable[Read]) -> History:
    """The history that these revisions are."""
    files = {revision.path: revision for revision in revisions}
    paths = tuple(Path(path) for path in files)
    changed = replace(selection, files=paths, reviewed=paths)
    return load(changed, lambda _path: b"", lambda path, _data: files[path], ProjectTree(changed))


def told(rule: type[Rule], found: History) -> set[str | None]:
    """The things that a rule tells of."""
    return {finding.thing for finding in rule(Config()).check_history(found)}


def alembic(revisions: Iterable[Read]) -> RevisionMap:
    """Alembic's map of these revisions."""
    return RevisionMap(
        lambda: [Revision(r.id, r.down_revision, r.depends_on or None, r.branch_labels) for r in revisions]
    )


def heads_alike(found: RevisionMap) -> set[str]:
    """The heads that have the same branch labels as another one."""
    by_labels: dict[frozenset[str], list[str]] = {}
    for head in found.heads:
        revision = found.get_revision(head)
        assert revision is not None
        by_labels.setdefault(frozenset(revision.branch_labels), []).append(head)
    return {head for heads in by_labels.values() if len(heads) > 1 for head in heads}


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_of_a_real_history_they_say_what_alembic_says(package: Path) -> None:
    for selection, revisions in histories(package):
        with unimported():
            directory = script_directory(selection.history)
            # This raises where a parent is unknown, or where there is a cycle.
            known = scripts(directory)
        by_labels: dict[frozenset[str], list[str]] = {}
        for head in directory.get_heads():
            by_labels.setdefault(frozenset(known[head].branch_labels), []).append(head)

        found = history(selection, revisions)

        assert told(MultipleHeads, found) == {h for heads in by_labels.values() if len(heads) > 1 for h in heads}
        assert told(UnknownParent, found) == set()
        assert told(RevisionCycle, found) == set()


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_a_revision_that_is_taken_away_is_the_parent_that_alembic_misses(package: Path) -> None:
    for selection, revisions in histories(package):
        parents = {parent for revision in revisions for parent in revision.down_revision}
        if not parents:
            continue
        lost = random.Random(package.name).choice(sorted(parents))
        left = [revision for revision in revisions if revision.id != lost]
        with warnings.catch_warnings(), pytest.raises(KeyError) as missed:
            warnings.simplefilter("ignore")
            _ = alembic(left).heads

        assert missed.value.args == (lost,)
        assert told(UnknownParent, history(selection, left)) == {lost}


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_where_a_first_revision_comes_after_the_last_both_find_a_cycle(package: Path) -> None:
    for selection, revisions in histories(package):
        with unimported():
            directory = script_directory(selection.history)
            bases, heads = directory.get_bases(), directory.get_heads()
        if len(bases) > 1 or len(heads) > 1:
            continue  # Alembic's own check sees only cycles that leave no other base or head.
        turned = [replace(r, down_revision=(heads[0],)) if r.id == bases[0] else r for r in revisions]
        with pytest.raises(CycleDetected):
            _ = alembic(turned).heads

        found = history(selection, turned)

        assert told(RevisionCycle, found) == {cycle[0] for cycle in found.order.cycles}
        assert any({bases[0], heads[0]} <= set(cycle) for cycle in found.order.cycles)


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_revisions_on_other_parents_leave_the_heads_that_alembic_has(package: Path) -> None:
    for selection, revisions in histories(package):
        dice = random.Random(package.name)
        by_id = {revision.id: revision for revision in revisions}
        moved = list(revisions)
        for at in dice.sample(range(len(moved)), min(5, len(moved))):
            # Upon its grandparent, as if it had been written before its parent was there.
            grandparents = [up for down in moved[at].down_revision for up in by_id[down].down_revision]
            if grandparents:
                moved[at] = replace(moved[at], down_revision=(grandparents[0],))
                by_id[moved[at].id] = moved[at]

        assert told(MultipleHeads, history(selection, moved)) == heads_alike(alembic(moved))
