"""The order of a history, held against Alembic's own RevisionMap."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import pytest
from alembic.script.revision import CycleDetected, Revision, RevisionError, RevisionMap
from hypothesis import given
from hypothesis import strategies as st

from alembic_review.history.order import Before, Node, Order, UnknownParent, arrange
from alembic_review.history.project import find_histories
from tests.history.oracle import corpora, node, packages, script_directory, scripts, unimported


def chain(*ids: str) -> list[Node]:
    return [Node(name, (parent,) if parent else ()) for parent, name in zip(("", *ids), ids, strict=False)]


def revision_map(nodes: list[Node]) -> RevisionMap:
    return RevisionMap(lambda: [Revision(n.id, n.down_revision, n.depends_on or None, n.branch_labels) for n in nodes])


def applied(order: Order, name: str) -> list[str]:
    """What runs before a revision, in order, as its `before` tells it."""
    before = order.before[name]
    return [*(applied(order, before.parent) if before.parent else ()), *filter(None, [before.parent]), *before.also]


@st.composite
def histories(draw: st.DrawFn) -> list[Node]:
    size = draw(st.integers(1, 14))
    ids = [f"{index:04x}" for index in range(size)]
    nodes: list[Node] = []
    for index, name in enumerate(ids):
        down = draw(st.lists(st.sampled_from(ids[:index]), max_size=3, unique=True)) if index else []
        names = [*ids[:index], *(f"label{other}" for other in range(index) if nodes[other].branch_labels)]
        needed = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if index else []
        labels = draw(st.sampled_from([(), (), (f"label{index}",)]))
        nodes.append(Node(name, tuple(down), tuple(needed), labels))
    return draw(st.permutations(nodes))


@given(histories())
def test_heads_and_roots_and_their_labels_are_those_of_alembic(nodes: list[Node]) -> None:
    alembic = revision_map(nodes)

    order = arrange(nodes)

    assert set(order.heads) == set(alembic.heads)
    assert set(order.roots) == set(alembic.bases)
    for head in order.heads:
        revision = alembic.get_revision(head)
        assert revision is not None
        assert order.labels[head] == revision.branch_labels


@given(histories())
def test_every_revision_stands_after_its_parents(nodes: list[Node]) -> None:
    order = arrange(nodes)

    place = {name: index for index, name in enumerate(order.ids)}
    assert sorted(order.ids) == sorted(n.id for n in nodes)
    assert all(place[parent] < place[name] for name in order.ids for parent in order.parents[name])


@given(histories())
def test_before_a_revision_all_its_ancestors_have_run_once_and_in_order(nodes: list[Node]) -> None:
    alembic = revision_map(nodes)

    order = arrange(nodes)

    for name in order.ids:
        revision = alembic.get_revision(name)
        run = applied(order, name)
        ancestors = {found.revision for found in alembic._get_ancestor_nodes([revision])} - {name}
        assert sorted(run) == sorted(ancestors)
        assert all(set(order.parents[each]) <= set(run[:at]) for at, each in enumerate(run))


@given(histories())
def test_a_schema_is_the_start_of_as_many_revisions_as_counted(nodes: list[Node]) -> None:
    order = arrange(nodes)

    for name in order.ids:
        assert order.starts.get(name, 0) == sum(before.parent == name for before in order.before.values())


def test_revisions_that_could_stand_either_way_keep_the_order_given() -> None:
    nodes = [Node("base"), Node("c", ("base",)), Node("a", ("base",)), Node("b", ("base",))]

    assert arrange(nodes).ids == ("base", "c", "a", "b")


def test_a_merge_starts_from_the_longer_side_and_adds_the_shorter() -> None:
    nodes = [*chain("base", "a1", "a2", "a3"), Node("b1", ("base",)), Node("merge", ("b1", "a3"))]

    assert arrange(nodes).before["merge"] == Before("a3", ("b1",))


def test_a_dependency_that_is_an_ancestor_already_adds_nothing() -> None:
    nodes = [*chain("a", "b", "c"), Node("d", ("c",), depends_on=("a",))]

    assert arrange(nodes).before["d"] == Before("c")


def test_a_branch_that_takes_in_the_trunk_again_and_again_adds_one_revision_each_time() -> None:
    trunk = [f"t{index}" for index in range(300)]
    nodes = chain(*trunk)
    nodes.append(Node("b0", ("t0",)))
    nodes += [Node(f"b{index}", (f"t{index}", f"b{index - 1}")) for index in range(1, 300)]

    order = arrange(nodes)

    assert all(len(order.before[f"b{index}"].also) <= 1 for index in range(1, 300))


def test_a_dependency_may_be_a_branch_label() -> None:
    nodes = [Node("a", branch_labels=("core",)), Node("b", ("a",)), Node("plugin", depends_on=("core",))]

    order = arrange(nodes)

    assert order.parents["plugin"] == ("a",)
    assert order.unknown == ()


@pytest.mark.parametrize("reference", ["core", "1234"], ids=["a label", "the beginning of an id"])
def test_a_down_revision_is_a_whole_id(reference: str) -> None:
    nodes = [Node("1234abcd", branch_labels=("core",)), Node("b", (reference,))]
    with warnings.catch_warnings(), pytest.raises((KeyError, RevisionError)):
        warnings.simplefilter("ignore")
        _ = revision_map(nodes).heads

    assert arrange(nodes).unknown == (UnknownParent("b", reference, "down_revision"),)


def test_unknown_parents_are_told_and_the_rest_is_in_order() -> None:
    nodes = [Node("b", ("lost", "a"), depends_on=("gone",)), Node("a")]

    order = arrange(nodes)

    assert order.ids == ("a", "b")
    assert order.roots == ("a",)
    assert order.unknown == (UnknownParent("b", "lost", "down_revision"), UnknownParent("b", "gone", "depends_on"))


def test_a_cycle_is_told_and_cut_where_it_is_entered() -> None:
    # Alembic's own check misses a cycle with a way in and a way out.
    nodes = [Node("c", ("b",)), Node("a", ("root", "c")), Node("b", ("a",)), Node("root"), Node("after", ("c",))]

    order = arrange(nodes)

    assert order.cycles == (("a", "b", "c"),)
    assert order.ids == ("root", "a", "b", "c", "after")
    assert order.before["a"] == Before("root")


def test_a_history_that_is_one_cycle_begins_with_the_revision_given_first() -> None:
    nodes = [Node("a", ("c",)), Node("b", ("a",)), Node("c", ("b",))]
    with pytest.raises(CycleDetected):
        _ = revision_map(nodes).heads

    order = arrange(nodes)

    assert order.cycles == (("a", "b", "c"),)
    assert order.ids == ("a", "b", "c")
    assert order.heads == order.roots == ()


def test_a_revision_that_is_its_own_parent_is_a_cycle() -> None:
    order = arrange([Node("a"), Node("b", ("b", "a"))])

    assert order.cycles == (("b",),)
    assert order.ids == ("a", "b")


def test_every_cycle_of_many_is_told() -> None:
    nodes = [node for pair in range(50) for node in (Node(f"x{pair}", (f"y{pair}",)), Node(f"y{pair}", (f"x{pair}",)))]

    assert len(arrange(nodes).cycles) == 50


def test_a_long_history_needs_no_recursion() -> None:
    ids = [f"r{index}" for index in range(20_000)]

    order = arrange([*chain(*ids), Node("loop", ("loop", ids[-1]))])

    assert order.ids == (*ids, "loop")


def test_no_revisions_are_an_order_too() -> None:
    assert arrange([]).ids == ()


@pytest.mark.corpora
@corpora
@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_a_real_history_is_ordered_as_alembic_has_it(package: Path) -> None:
    for selection in find_histories([package], None, package).selections:
        nodes = [node(file) for file in selection.files]
        with unimported():
            alembic = script_directory(selection.history)
            known = scripts(alembic)

        order = arrange(random.Random(package.name).sample(nodes, len(nodes)))

        place = {name: index for index, name in enumerate(order.ids)}
        assert set(place) == set(known)
        assert set(order.heads) == set(alembic.get_heads())
        assert set(order.roots) == set(alembic.get_bases())
        assert {name: set(order.parents[name]) for name in place} == {
            name: set(script._all_down_revisions) for name, script in known.items()
        }
        assert all(place[parent] < place[name] for name in place for parent in order.parents[name])
        assert {head: order.labels[head] for head in order.heads} == {
            head: known[head].branch_labels for head in order.heads
        }
        assert (order.unknown, order.cycles) == ((), ())
