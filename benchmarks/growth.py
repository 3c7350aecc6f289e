#!/usr/bin/env python3
"""How the time of a run grows with the history: twice the revisions should take twice the time.

    python benchmarks/growth.py                                     2,500 and 5,000 revisions with 50 branches
    python benchmarks/growth.py --revisions 500 --runs 3
    python benchmarks/growth.py --profile                           where the time of the longer one goes

Both histories have as many branches, which part from the trunk one after the other and are merged again; every
revision makes a table and changes an older one. Three kinds of run are measured in CPU seconds: one that reads and
reviews all, one that remembers what was read and reviews all, and one that compares with the base branch in a
repository of git. Ends with 1 where a ratio is above the budget.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from whole_processes import REVISION, cpu

BUDGET = 2.2


def make_history(folder: Path, count: int, branches: int) -> None:
    """A project of *count* revisions: a trunk from which *branches* part, each merged before the next one parts."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text("from alembic import context\n")
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n")
    length = count // branches
    head: int | None = None
    for first in range(0, length * branches, length):
        # The first of a stretch is on the trunk; half of the others on each side; the last joins them.
        sides: list[int | None] = [head, head]
        last = first + length - 1
        for number in range(first, last + 1):
            if number == first:
                parents, sides = [head], [number, number]
            elif number == last:
                parents = list(dict.fromkeys(sides))
            else:
                side = number % 2
                parents, sides[side] = [sides[side]], number
            write(versions, number, parents)
        head = last


def write(versions: Path, number: int, parents: list[int | None]) -> None:
    names = [f"{parent + 1:012x}" for parent in parents if parent is not None]
    literal = None if not names else repr(names[0]) if len(names) == 1 else repr(tuple(names))
    older = (parents[0] if parents[0] is not None else number) + 1
    source = REVISION.format(number=number + 1, parent=", ".join(names), parent_literal=literal, older=older)
    (versions / f"{number + 1:05}_revision.py").write_text(source)


def commit(folder: Path, newest: int) -> None:
    """Put a history into a repository; its *newest* revisions are on a branch beside ``main``."""
    versions = folder / "migrations" / "versions"
    files = sorted(versions.iterdir())[-newest:]
    texts = {file: file.read_bytes() for file in files}
    for file in files:
        file.unlink()
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": "you@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    for file, text in texts.items():
        file.write_bytes(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revisions", type=int, default=2500, help="of the shorter history; the other has twice that")
    parser.add_argument("--branches", type=int, default=50)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="profile the longer history instead")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as box:
        sizes = {size: Path(box) / str(size) for size in (options.revisions, 2 * options.revisions)}
        for size, folder in sizes.items():
            make_history(folder, size, options.branches)
            commit(folder, 10)
        if options.profile:
            return profile(sizes[2 * options.revisions])
        return measure(sizes, options.runs)


def measure(sizes: dict[int, Path], runs: int) -> int:
    kinds = ["all read and reviewed", "all reviewed", "beside the base branch"]
    times: dict[str, dict[int, list[float]]] = {kind: {size: [] for size in sizes} for kind in kinds}
    check = ["alembic-review", "check", "--format", "concise"]
    for run in range(runs):
        for size, folder in sizes.items():
            cache = ["--cache-dir", str(folder.parent / f"cache-{size}")]
            times[kinds[0]][size].append(cpu([*check, "--no-cache"], folder)[0])
            if not run:
                cpu([*check, *cache], folder)
            # The revisions are remembered, and what was found in them is not.
            for report in (folder.parent / f"cache-{size}").rglob("report-*"):
                report.unlink()
            times[kinds[1]][size].append(cpu([*check, *cache], folder)[0])
            times[kinds[2]][size].append(cpu([*check, *cache, "--base", "main"], folder)[0])
    above = False
    shorter, longer = sizes
    print(f"{'CPU seconds':24}{shorter:>8}{longer:>8}{'ratio':>8}   budget {BUDGET}")
    for kind, found in times.items():
        low, high = statistics.median(found[shorter]), statistics.median(found[longer])
        above |= high / low > BUDGET
        print(f"{kind:24}{low:8.2f}{high:8.2f}{high / low:8.2f}")
    return int(above)


def profile(folder: Path) -> int:
    os.chdir(folder)
    sys.argv = ["alembic-review", "check", "--no-cache", "--output-file", os.devnull]
    import cProfile
    import pstats

    from alembic_review.cli import main as command

    profiler = cProfile.Profile()
    try:
        profiler.runcall(command)
    except SystemExit:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)
    return 0


if __name__ == "__main__":
    sys.exit(main())
