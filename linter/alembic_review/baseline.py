"""Findings that were there before: a file of them, and what is new beside it.

An entry says which rule found which thing in which revision, so that it holds wherever the lines move to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from alembic_review.diagnostics import Diagnostic, Report

_VERSION = 1
_KEYS = ("rule", "revision", "file", "direction", "thing")


class BaselineError(Exception):
    """A baseline that cannot be followed: one line that says what is wrong with it, and what to do."""


class Entry(NamedTuple):
    """One finding that was there; what it has nothing to say of is empty.

    `file` is that of a finding in no revision, from the folder of the baseline.
    """

    rule: str
    revision: str = ""
    file: str = ""
    direction: str = ""
    thing: str = ""

    def __str__(self) -> str:
        about = f" of {self.thing}" if self.thing else ""
        return f"{self.rule}{about} in {self.revision or self.file}"


def entry_of(diagnostic: Diagnostic, folder: Path) -> Entry:
    """The entry that a finding has in the baseline of a *folder*."""
    file = ""
    if diagnostic.revision is None:
        file = Path(os.path.relpath(diagnostic.path, folder)).as_posix()
    return Entry(
        diagnostic.rule,
        diagnostic.revision or "",
        file,
        diagnostic.direction or "",
        diagnostic.thing or diagnostic.table or "",
    )


def written(diagnostics: Iterable[Diagnostic], folder: Path) -> tuple[str, int]:
    """The text of a baseline of these findings for a *folder*, and how many entries it has: sorted, one in a line."""
    entries = sorted({entry_of(diagnostic, folder) for diagnostic in diagnostics}, key=_place)
    lines = [
        json.dumps({key: value for key, value in entry._asdict().items() if value}, ensure_ascii=False)
        for entry in entries
    ]
    listed = ",".join(f"\n    {line}" for line in lines)
    return f'{{\n  "version": {_VERSION},\n  "findings": [{listed}\n  ]\n}}\n', len(lines)


def _place(entry: Entry) -> tuple[str, ...]:
    return entry.file, entry.revision, entry.rule, entry.thing, entry.direction


def read(file: Path) -> frozenset[Entry]:
    """The entries of a baseline. Raises BaselineError where it is none."""
    try:
        document = json.loads(file.read_text(encoding="utf-8", errors="surrogateescape"))
    except FileNotFoundError:
        raise BaselineError(f"{file}: there is no such baseline; write it with --write-baseline {file}") from None
    except OSError as error:
        raise BaselineError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{file}: is no baseline: {error}; write it again with --write-baseline") from None
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise BaselineError(f"{file}: is no baseline of this version; write it again with --write-baseline")
    found = document.get("findings")
    if not isinstance(found, list):
        raise BaselineError(f'{file}: has no list of "findings"; write it again with --write-baseline')
    entries = set()
    for one in found:
        known = isinstance(one, dict) and "rule" in one and one.keys() <= set(_KEYS)
        if not known or not all(isinstance(value, str) for value in one.values()):
            raise BaselineError(f"{file}: this is no entry of a baseline: {json.dumps(one)[:200]}")
        entries.add(Entry(**one))
    return frozenset(entries)


def beside(report: Report, entries: Collection[Entry], folder: Path) -> Report:
    """The report without the findings that *entries* have, and with those entries that no longer apply.

    That is told only of what was under review: of a revision that was, or that is gone, and of a rule that was asked.
    """
    new: list[Diagnostic] = []
    used: set[Entry] = set()
    for diagnostic in report.diagnostics:
        entry = entry_of(diagnostic, folder)
        if entry in entries:
            used.add(entry)
        else:
            new.append(diagnostic)
    whole = report.reviewed == report.revisions
    judged, known, rules = set(report.judged), set(report.known), set(report.rules)
    outlived = [
        entry
        for entry in sorted(set(entries) - used, key=_place)
        if entry.rule in rules
        and (entry.revision in judged or (entry.revision not in known if entry.revision else whole))
    ]
    return replace(
        report,
        diagnostics=tuple(new),
        baseline=len(report.diagnostics) - len(new),
        outlived=tuple(map(str, outlived)),
    )
