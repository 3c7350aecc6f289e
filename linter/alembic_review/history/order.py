"""The revisions of one history, each after all it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush

from msgspec import Struct


class Node(Struct, frozen=True):
    """A revision as the order sees it: the values of the file's four variables, each as a tuple."""

    id: str
    down_revision: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()


class UnknownParent(Struct, frozen=True):
    """A `name` that the `variable` (``down_revision`` or ``depends_on``) of `revision` holds and nothing answers to."""

    revision: str
    name: str
    variable: str


class Before(Struct, frozen=True):
    """What a revision finds: the schema after `parent` (None: an empty one), with the upgrades of `also` on top.

    `also` is empty but for merges and dependencies: it holds, oldest first, what the other parents bring that the
    line of `parent` has not seen. That is the database that Alembic would run the revision on.
    """

    parent: str | None = None
    also: tuple[str, ...] = ()


class Order(Struct, frozen=True):
    """The graph of one history.

    `ids` holds every revision, oldest first. `parents` are those that `down_revision` and `depends_on` lead to,
    without the unknown ones and those cut from a cycle. `starts` counts for how many revisions a schema is the
    `parent` of what they find: after that many it can be forgotten. `heads` and `roots` are Alembic's heads and bases,
    which go by `down_revision` alone. `labels` are the branch labels of a revision and of what it descends from.
    In each cycle a revision is a parent of the next, and the last of the first.
    """

    ids: tuple[str, ...]
    parents: Mapping[str, tuple[str, ...]]
    before: Mapping[str, Before]
    starts: Mapping[str, int]
    heads: tuple[str, ...]
    roots: tuple[str, ...]
    labels: Mapping[str, frozenset[str]]
    unknown: tuple[UnknownParent, ...]
    cycles: tuple[tuple[str, ...], ...]

    def line(self, name: str) -> set[str]:
        """A revision and all that it needs: what a database that is at it has."""
        found = {name}
        ahead = [name]
        while ahead:
            for parent in self.parents[ahead.pop()]:
                if parent not in found:
                    found.add(parent)
                    ahead.append(parent)
        return found


def arrange(nodes: Iterable[Node]) -> Order:
    """Put revisions in order; those that could stand either way, in the order given.

    Ids are expected to differ; of two equal ones the last counts, as in Alembic. `down_revision` holds whole ids,
    `depends_on` whole ids or branch labels (alembic/script/revision.py, ``RevisionMap._revision_map``: a prefix is
    understood on the command line only). A cycle is reported and cut where it is entered, so that all are in order.
    """
    known = {node.id: node for node in nodes}
    parents, unknown = _parents(known)
    cycles: tuple[tuple[str, ...], ...] = ()
    try:
        ids = tuple(TopologicalSorter(parents).static_order())
    except CycleError:
        parents, cycles = _cut(parents)
        ids = tuple(TopologicalSorter(parents).static_order())

    place = {name: index for index, name in enumerate(ids)}
    before = {name: _before(parents[name], parents, place) for name in ids}
    referred = {name for node in known.values() for name in node.down_revision}
    return Order(
        ids=ids,
        parents=parents,
        before=before,
        starts=Counter(found.parent for found in before.values() if found.parent is not None),
        heads=tuple(name for name in ids if name not in referred),
        roots=tuple(name for name in ids if not known[name].down_revision),
        labels=_labels(ids, known, parents),
        unknown=tuple(unknown),
        cycles=cycles,
    )


def _parents(known: Mapping[str, Node]) -> tuple[dict[str, tuple[str, ...]], list[UnknownParent]]:
    labelled: dict[str, str] = {}
    for node in known.values():
        for label in node.branch_labels:
            labelled.setdefault(label, node.id)

    parents: dict[str, tuple[str, ...]] = {}
    unknown: list[UnknownParent] = []
    for node in known.values():
        mine: list[str] = []
        for name in node.down_revision:
            if name in known:
                mine.append(name)
            else:
                unknown.append(UnknownParent(node.id, name, "down_revision"))
        for name in node.depends_on:
            if name in known:
                mine.append(name)
            elif name in labelled:
                mine.append(labelled[name])
            else:
                unknown.append(UnknownParent(node.id, name, "depends_on"))
        parents[node.id] = tuple(dict.fromkeys(mine))
    return parents, unknown


def _cut(parents: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, ...], ...]]:
    """The parents without the edges that close a cycle, and the cycles.

    Going from the roots, and from what no root leads to in the order given, towards the newer ones, an edge closes a
    cycle where it leads back to a revision that was passed on the way.
    """
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, mine in parents.items():
        for parent in mine:
            children[parent].append(name)

    seen: set[str] = set()
    closing: set[tuple[str, str]] = set()
    cycles: list[tuple[str, ...]] = []
    for start in [*(name for name, mine in parents.items() if not mine), *parents]:
        if start in seen:
            continue
        seen.add(start)
        way = {start: 0}
        ahead: list[Iterator[str]] = [iter(children[start])]
        while ahead:
            child = next(ahead[-1], None)
            if child is None:
                ahead.pop()
                way.popitem()
            elif child in way:
                passed = tuple(way)
                closing.add((passed[-1], child))
                cycles.append(passed[way[child] :])
            elif child not in seen:
                seen.add(child)
                way[child] = len(way)
                ahead.append(iter(children[child]))

    kept = {name: tuple(p for p in mine if (p, name) not in closing) for name, mine in parents.items()}
    return kept, tuple(cycles)


def _before(mine: Sequence[str], parents: Mapping[str, tuple[str, ...]], place: Mapping[str, int]) -> Before:
    """Walk back from all of `mine` at once, newest first, until the line of one of them has all that is left.

    That one becomes the parent; what was passed and is not on its line is left to apply. Only the region since the
    lines parted is walked, and no more of it than the shortest side needs.
    """
    if len(mine) < 2:
        return Before(mine[0] if mine else None)

    lines = range(len(mine))
    # Bit i of a revision: it is on the line of mine[i].
    on = {name: 1 << line for line, name in enumerate(mine)}
    queue = [(-place[name], name) for name in mine]
    heapify(queue)
    missing = [len(mine) - 1 for _ in lines]  # of the queue, on each line
    passed: list[tuple[str, int]] = []
    while all(missing):
        _, name = heappop(queue)
        bits = on.pop(name)
        passed.append((name, bits))
        for line in lines:
            missing[line] -= not bits >> line & 1
        for parent in parents[name]:
            if parent not in on:
                heappush(queue, (-place[parent], parent))
                on[parent] = bits
                for line in lines:
                    missing[line] += not bits >> line & 1
            else:
                gained = bits & ~on[parent]
                on[parent] |= bits
                for line in lines:
                    missing[line] -= gained >> line & 1

    apart = {
        line: tuple(name for name, bits in reversed(passed) if not bits >> line & 1)
        for line in lines
        if not missing[line]
    }
    base = min(apart, key=lambda line: len(apart[line]))
    return Before(mine[base], apart[base])


def _labels(
    ids: Sequence[str], known: Mapping[str, Node], parents: Mapping[str, tuple[str, ...]]
) -> dict[str, frozenset[str]]:
    labels: dict[str, frozenset[str]] = {}
    for name in ids:
        node = known[name]
        inherited = [labels[parent] for parent in parents[name] if parent in node.down_revision]
        labels[name] = frozenset(node.branch_labels).union(*inherited)
    return labels
