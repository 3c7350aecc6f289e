#!/usr/bin/env python3
"""What alembic-guard finds in real histories and we do not, and the reverse, rule by rule.

    python -m venv guard && guard/bin/pip install alembic-guard==0.1.1
    python tools/compare_with_alembic_guard.py --guard guard/bin/alembic-guard FOLDER [FOLDER …]
    python tools/compare_with_alembic_guard.py --guard … FOLDER --show AG006 --sample 20     to open and to judge

Each FOLDER holds histories. alembic-guard looks at calls in `upgrade()`, so ours of upgrades are held against them. A
finding of both is one that ours places within the call that alembic-guard names, else one that names the same table
and column elsewhere in the file: a swap of two columns is one finding of ours, at the drop, and one of theirs at the
rename. A place counts once, whatever is found there in how many tables.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

COUNTERPARTS: dict[str, tuple[str, ...]] = {
    "AG001": ("not-null-without-default",),
    "AG002": ("index-blocks-writes",),
    "AG003": ("concurrently-in-transaction",),
    "AG004": ("renamed-column", "renamed-table", "replaced-column"),
    "AG005": (
        "dropped-column",
        "dropped-table",
        "cascading-drop",
        "replaced-column",
        "suspected-column-rename",
        "suspected-table-rename",
    ),
    "AG006": ("table-rewritten",),
    "AG007": ("not-null-scan",),
    "AG008": ("foreign-key-blocks", "check-blocks"),
    "AG009": ("table-rewritten",),
    "AG010": ("unique-blocks", "primary-key-blocks"),
}
"""Our rules that say what a rule of alembic-guard says."""


class Found(NamedTuple):
    """A finding: its file, the lines it spans, the rule and what it says."""

    path: str
    line: int
    end: int
    rule: str
    message: str


def guarded(guard: str, files: list[Path]) -> list[Found]:
    """What alembic-guard finds in the files."""
    findings: list[Found] = []
    for start in range(0, len(files), 500):
        command = [guard, "--format", "json", *map(str, files[start : start + 500])]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False
        )
        if done.returncode > 1:
            sys.exit(f"{guard}: {done.stderr.strip()}")
        for one in json.loads(done.stdout):
            path = str(Path(one["path"]).resolve())
            end = calls(path).get((one["line"], one["col"] - 1), one["line"])
            findings.append(Found(path, one["line"], end, one["rule"], one["message"]))
    return findings


@cache
def calls(path: str) -> dict[tuple[int, int], int]:
    """The last line of each call of a file, by the line and column where it begins; of several, the longest."""
    ends: dict[tuple[int, int], int] = {}
    for node in ast.walk(ast.parse(Path(path).read_bytes())):
        if isinstance(node, ast.Call):
            at = (node.lineno, node.col_offset)
            ends[at] = max(ends.get(at, 0), node.end_lineno or node.lineno)
    return ends


def reviewed(review: str, folders: Iterable[Path]) -> list[Found]:
    """What the command *review* finds in upgrades, one history folder after the other."""
    rules = ",".join(sorted({rule for rules in COUNTERPARTS.values() for rule in rules}))
    findings: list[Found] = []
    for folder in folders:
        command = [review, "check", "--no-cache", "--format", "json", "--select", rules, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if not done.stdout:
            sys.exit(f"{folder}: {done.stderr.strip()}")
        for one in json.loads(done.stdout)["diagnostics"]:
            if one["direction"] != "downgrade":
                path = str(Path(one["path"]).resolve())
                findings.append(Found(path, one["line"], one["end_line"], one["rule"], one["message"]))
    return findings


def compare(theirs: Iterable[Found], ours: Iterable[Found]) -> tuple[list[Found], list[Found], list[Found]]:
    """What is found by both, by them alone, and by us alone; a place counts once."""
    places = {(one.path, one.line): one for one in ours}
    both: list[Found] = []
    rest: list[Found] = []
    alone: list[Found] = []
    met: set[tuple[str, int]] = set()
    for their in {(one.path, one.line, one.message): one for one in theirs}.values():
        same = [at for at, one in places.items() if one.path == their.path and their.line <= one.line <= their.end]
        (both if same else rest).append(their)
        met.update(same)
    for their in rest:
        free = (at for at, one in places.items() if at not in met and one.path == their.path)
        like = next((at for at in free if is_like(names(their), names(places[at]))), None)
        (alone if like is None else both).append(their)
        met.update(() if like is None else (like,))
    return both, alone, [one for at, one in places.items() if at not in met]


def names(found: Found) -> frozenset[str]:
    """The tables and columns that a message names in quotes."""
    return frozenset(name for quoted in re.findall(r'"([^"]+)"', found.message) for name in quoted.split("."))


def is_like(theirs: frozenset[str], ours: frozenset[str]) -> bool:
    """Whether two messages name the same: a table and what is in it, or two tables. One name alone tells little."""
    return len(theirs) > 1 and bool(ours) and (ours <= theirs or theirs <= ours)


def excerpt(found: Found, root: Path) -> Iterator[str]:
    """A finding with the lines around it, to be judged."""
    path = Path(found.path)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    yield f"{shown}:{found.line}: {found.rule}: {found.message}"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number in range(max(found.line - 3, 1), min(found.end, found.line + 12, len(lines)) + 1):
        yield f"    {number:4} {lines[number - 1]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="folders that hold histories")
    parser.add_argument("--guard", required=True, help="the command alembic-guard")
    parser.add_argument("--review", default="alembic-review", help="the command alembic-review; default: %(default)s")
    parser.add_argument("--show", choices=sorted(COUNTERPARTS), help="show what only one of both finds for this rule")
    parser.add_argument("--sample", type=int, default=20, help="how many of each kind to show; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="which of them; default: %(default)s")
    options = parser.parse_args()

    # One history after the other, where a folder of many is given.
    histories = [
        child
        for folder in options.folders
        for child in (sorted(filter(Path.is_dir, folder.iterdir())) if not is_history(folder) else [folder])
    ]
    files = [file for folder in histories for file in sorted(folder.rglob("*.py")) if is_revision(file)]
    revisions = len(files)
    # alembic-guard stops where a file has syntax newer than its Python.
    files = [file for file in files if is_python(file)]
    theirs, ours = guarded(options.guard, files), reviewed(options.review, histories)
    kept = {str(file.resolve()) for file in files}
    print(f"{len(files)} of {revisions} revision files, which this Python can parse")
    print(f"{'':8}{'alembic-guard':>14}{'ours':>7}{'both':>7}{'only they':>11}{'only we':>9}")
    for rule, counterparts in COUNTERPARTS.items():
        our = [one for one in ours if one.rule in counterparts and one.path in kept]
        their = [one for one in theirs if one.rule == rule]
        if rule in ("AG006", "AG009"):
            # Both are ours under one name: a new column, or a column's new type.
            our = [one for one in our if ("the new column" in one.message) == (rule == "AG009")]
        both, only_they, only_we = compare(their, our)
        places = len({(one.path, one.line) for one in our})
        print(f"{rule:8}{len(both) + len(only_they):14}{places:7}{len(both):7}{len(only_they):11}{len(only_we):9}")
        if options.show == rule:
            chosen = random.Random(options.seed)  # noqa: S311
            for title, found in (("only they", only_they), ("only we", only_we)):
                print(f"\n{title}:")
                for one in chosen.sample(sorted(found), min(options.sample, len(found))):
                    print("\n".join(excerpt(one, Path.cwd())))
            print()
    return 0


def is_history(folder: Path) -> bool:
    """Whether the folder itself is a project, and not one that holds several."""
    return any((folder / name).is_file() for name in ("alembic.ini", "pyproject.toml", "env.py"))


def is_revision(file: Path) -> bool:
    """Whether a file looks like a revision."""
    data = file.read_bytes()
    return b"down_revision" in data and b"def upgrade" in data


def is_python(file: Path) -> bool:
    """Whether this version of Python can parse the file."""
    try:
        ast.parse(file.read_bytes())
    except SyntaxError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
