#!/usr/bin/env python3
"""How much of real revisions is read, held against a count that knows nothing of our reader.

    python tools/measure_reading.py FOLDER [FOLDER …]        folders that hold histories

The standard library's `ast` counts the calls of directives (``op.add_column``, ``batch_op.drop_index``, …) and of
``execute`` that stand in `upgrade()`, `downgrade()` and the functions of the same file. A call counts as read when an
operation stands at its place and nothing of it is missing; calls under a condition on the dialect are read for the
dialect they are for. Calls in functions that nothing calls are left out, since Python would not run them either, and
so are those under ``if context.is_offline_mode()``, which only ``--sql`` runs. A name that only the database knows,
``inspector.get_foreign_keys("t")[0]["name"]``, counts as not read; names of tables and columns are counted on their
own, those of constraints and indexes among all names.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from alembic_review.config import Config
from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.operations import InvalidSQL, Operation, Place, PythonCall, Unread
from alembic_review.parsing.directives import BATCH_OPERATIONS, OPERATIONS
from alembic_review.parsing.module import Reader
from alembic_review.parsing.positions import Positions
from alembic_review.revision import Revision
from alembic_review.text import decoded

DIRECTIVES = (set(OPERATIONS) | set(BATCH_OPERATIONS)) - {"execute", "batch_alter_table"}
DIALECTS = ("postgresql", "sqlite", "mysql", "oracle", "mssql")
NAMES = {"name", "table name", "column name"}
# What these name is neither a table nor a column.
NAMES_OTHERS = {"drop_constraint", "create_index", "drop_index"}
Site = tuple[int, int]


def counted(tree: ast.Module) -> tuple[dict[Site, str], dict[Site, str]]:
    """The places of calls of directives, and of ``execute``, in the functions that `upgrade` and `downgrade` reach."""
    functions = {
        node.name: node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    reached: set[str] = set()
    todo = [name for name in functions if name.startswith(("upgrade", "downgrade"))]
    while todo:
        name = todo.pop()
        if name not in reached and name in functions:
            reached.add(name)
            todo.extend(node.id for node in online(functions[name]) if isinstance(node, ast.Name))
    receivers = {"op"}
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "alembic":
            receivers |= {alias.asname or alias.name for alias in node.names if alias.name == "op"}
        elif isinstance(node, ast.ImportFrom) and node.module == "alembic.op":
            imported |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                call = item.context_expr
                is_batch = isinstance(call, ast.Call) and "batch_alter_table" in ast.unparse(call.func)
                if is_batch and isinstance(item.optional_vars, ast.Name):
                    receivers.add(item.optional_vars.id)
    directives: dict[Site, str] = {}
    executes: dict[Site, str] = {}
    for name in reached:
        for node in online(functions[name]):
            if not isinstance(node, ast.Call):
                continue
            site = (node.lineno, node.col_offset)
            if isinstance(node.func, ast.Name) and node.func.id in imported & DIRECTIVES:
                directives[site] = node.func.id
            elif isinstance(node.func, ast.Attribute):
                receiver = node.func.value
                if isinstance(receiver, ast.Name) and receiver.id in receivers and node.func.attr in DIRECTIVES:
                    directives[site] = node.func.attr
                elif node.func.attr == "execute" and node.args:
                    executes[site] = ast.unparse(node.args[0])
    return directives, executes


def online(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without what only ``--sql`` runs."""
    yield node
    offline = isinstance(node, ast.If) and ast.unparse(node.test).endswith(("is_offline_mode()", ".as_sql"))
    for child in ast.iter_child_nodes(node):
        within = child in node.body if isinstance(node, ast.If) else False
        negated = isinstance(node, ast.If) and ast.unparse(node.test).startswith("not ")
        skipped = within if not negated else isinstance(node, ast.If) and child in node.orelse
        if not (offline and skipped):
            yield from online(child)


def sites(source: str, operations: list[Operation]) -> dict[Site, list[Operation]]:
    """The operations by the line and byte column of the call that they come from."""
    positions = Positions(source)
    lines = source.split("\n")
    found: dict[Site, list[Operation]] = {}
    for operation in operations:
        span = positions.span(operation.place)
        line = lines[span.line - 1] if span.line <= len(lines) else ""
        found.setdefault((span.line, len(line[: span.column - 1].encode())), []).append(operation)
    return found


class CallReader(Reader):
    """Reads as the reader does, but places what SQL does at the call that executes it, not in its text."""

    def _sql(self, text: str, place: Callable[[int, int], Place], next_id: Callable[[], int]) -> list[Operation]:
        found = super()._sql(text, lambda _start, _end: place(-1, -1), next_id)
        # Nothing but comments: it is read all the same.
        return found or [PythonCall(call="nothing", place=place(-1, -1))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="list N places of each reason")
    options = parser.parse_args()

    count: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    shown: dict[str, list[str]] = {}
    found = find_histories(options.folders, None, Path.cwd())
    for problem in found.problems:
        print(problem, file=sys.stderr)
    for selection in found.selections:
        tree = ProjectTree(selection)
        readers = [CallReader(tree, dialect, Config().wrappers) for dialect in DIALECTS]
        for file in selection.files:
            measure(file, readers, count, reasons, shown)
    report(count, reasons, shown, options.show)
    return 0


def measure(
    file: Path, readers: list[Reader], count: Counter[str], reasons: Counter[str], shown: dict[str, list[str]]
) -> None:
    data = file.read_bytes()
    read = [reader.read(str(file), data) for reader in readers]
    revisions = [revision for revision in read if isinstance(revision, Revision)]
    if not revisions:
        return
    source = decoded(data)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        count["in a newer Python"] += 1
        return
    count["revisions"] += 1
    directives, executes = counted(tree)
    whole = [sites(source, [*(one.upgrade or ()), *(one.downgrade or ())]) for one in revisions]
    for site, name in directives.items():
        count["directives"] += 1
        operations = next((one[site] for one in whole if site in one), None)
        if operations is None:
            note(f"directive never seen: {name}", file, site, reasons, shown)
            continue
        partly = {part for operation in operations for part in operation.partly}
        unread = [operation for operation in operations if isinstance(operation, Unread)]
        if not unread and not partly & NAMES:
            count["directives with names"] += 1
        if not unread and not partly & (NAMES - {"name"} if name in NAMES_OTHERS else NAMES):
            count["directives with tables and columns"] += 1
        if not unread and not partly:
            count["directives whole"] += 1
        for reason in sorted(partly) or [operation.why for operation in unread[:1]]:
            note(f"directive: {reason}", file, site, reasons, shown)
    for site in executes:
        count["statements"] += 1
        read_here = ([o for o in one.get(site, ()) if not _tells_nothing(o)] for one in whole)
        operations = next((found for found in read_here if found), None)
        if not operations:
            note("statement never seen", file, site, reasons, shown)
            continue
        unread = [operation for operation in operations if isinstance(operation, Unread)]
        known = not unread
        count["statements known"] += known
        count["statements with verb"] += known or any(operation.verb for operation in unread)
        for operation in unread[:1]:
            note(f"statement: {operation.why}", file, site, reasons, shown)
        for operation in operations:
            if isinstance(operation, InvalidSQL):
                note(f"invalid SQL: {operation.error}", file, site, reasons, shown)


def _tells_nothing(operation: Operation) -> bool:
    return isinstance(operation, PythonCall) and operation.call != "nothing"


def note(reason: str, file: Path, site: Site, reasons: Counter[str], shown: dict[str, list[str]]) -> None:
    reasons[reason] += 1
    shown.setdefault(reason, []).append(f"{file}:{site[0]}")


def report(count: Counter[str], reasons: Counter[str], shown: dict[str, list[str]], places: int) -> None:
    def share(part: str, whole: str) -> str:
        return f"{count[part]:6} of {count[whole]:6}  {count[part] / max(count[whole], 1):7.2%}"

    print(f"revisions                            {count['revisions']:6}")
    print(f"left out, in a newer Python          {count['in a newer Python']:6}")
    print(f"calls of directives, all arguments   {share('directives whole', 'directives')}")
    print(f"calls of directives, tables, columns {share('directives with tables and columns', 'directives')}")
    print(f"calls of directives, all names       {share('directives with names', 'directives')}")
    print(f"execute, text known                  {share('statements known', 'statements')}")
    print(f"execute, verb known                  {share('statements with verb', 'statements')}")
    print()
    for reason, times in reasons.most_common():
        print(f"{times:6}  {reason}")
        for place in shown[reason][:places]:
            print(f"          {place}")


if __name__ == "__main__":
    sys.exit(main())
