"""For the authors of rules: hold a rule against revisions written in a test, or in a page of cases.

findings = check(DroppedColumn, GIVEN, CHANGE)      # the findings in the last of the revisions
for case in cases(Path("tests/cases/dropped-column.md")): case.verify(rules)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_review.allowances import COMMENTS
from alembic_review.config import Config, loads
from alembic_review.diagnostics import Span
from alembic_review.environment import Environment
from alembic_review.history.base import Base, compare
from alembic_review.history.folder import History, load
from alembic_review.history.project import HistoryFolder, Selection, Settings
from alembic_review.parsing.comments import MARK
from alembic_review.parsing.module import Reader
from alembic_review.registry import load_rules
from alembic_review.review import findings_of, placed, unallowed
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(\w*)(.*)$")
_MARK = re.compile(r"#\s*(error|warning|info):\s*\[([a-z0-9-]+)\](?:\s*\"(?P<message>.*)\")?")


class _Files:
    """The other files of the project that a test is about, by their paths in it."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {f"/project/{path}": text for path, text in files.items()}

    def module(self, name: str, base: str) -> str | None:
        start = "/project"
        if name.startswith("."):
            start = str(Path(base).parents[len(name) - len(name.lstrip(".")) - 1])
        path = f"{start}/{name.lstrip('.').replace('.', '/')}"
        return next((file for file in (f"{path}.py", f"{path}/__init__.py") if file in self._files), None)

    def text(self, path: str, base: str) -> str | None:
        return self._files.get(str(Path(base or "/project/alembic.ini").parent / path))

    def listing(self, folder: str) -> tuple[str, ...]:
        inside = (Path(path).relative_to(folder) for path in self._files if Path(path).is_relative_to(folder))
        return tuple(sorted({path.parts[0] for path in inside}))


def revision_source(body: str, number: int) -> str:
    """The text of a revision file, the header added that *body* leaves out.

    Revisions follow one another; what is imported in every revision is so here: ``sa``, ``op``, ``context``,
    ``postgresql``.
    """
    text = dedent(body).strip("\n") + "\n"
    if re.search(r"^revision\b[^=\n]*=", text, re.MULTILINE):
        return text
    parent = f'"r{number - 1}"' if number > 1 else "None"
    return f"""\
{text}
import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "r{number}"
down_revision = {parent}
"""


class Found(Struct, frozen=True):
    """A finding in the text it was found in, with lines and columns counted from 1."""

    finding: Finding
    span: Span

    @property
    def rule(self) -> str:
        return self.finding.rule.name

    @property
    def severity(self) -> str:
        return self.finding.rule.severity.value

    @property
    def message(self) -> str:
        return self.finding.message

    @property
    def help(self) -> str | None:
        return self.finding.help


class BaseBranch(Struct, frozen=True):
    """The revisions of a base branch: those it had when this branch was begun, and those it got or changed later."""

    begun: tuple[str, ...]
    later: tuple[str, ...] = ()


def history_of(
    sources: Sequence[str],
    config: Config | None = None,
    names: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    base: BaseBranch | None = None,
) -> History:
    """A history of these files, all under review, and other *files* of the project. They need not be anywhere.

    With a *base*, what is just as it is on that branch is not under review. Those of the *files* that lie below
    ``versions/`` are revisions that Alembic does not see.
    """
    config = config or Config()
    files = files or {}
    paths = [
        Path("/project/versions") / (names[at] if at < len(names) else f"r{at + 1}.py") for at in range(len(sources))
    ]
    texts = dict(zip(map(str, paths), sources, strict=True))
    tree = _Files(files)
    reader = Reader(tree, config.dialect, config.wrappers)
    folder = HistoryFolder(Path("/project"), Settings(), Path("/project"), (Path("/project/versions"),))
    reviewed = tuple(path for path in paths if base is None or texts[str(path)] not in base.begun)
    unseen = {f"/project/{path}": text for path, text in files.items() if path.startswith("versions/")}
    texts.update(unseen)
    selection = Selection(folder, tuple(paths), reviewed, tuple(map(Path, unseen)))

    def environment() -> Environment | None:
        text = files.get("env.py")
        return None if text is None else reader.environment("/project/env.py", text.encode())

    history = load(selection, lambda path: texts[path].encode(), reader.read, tree, environment)
    return history if base is None else replace(history, base=_beside(history, base, texts, reader))


def _beside(history: History, base: BaseBranch, texts: Mapping[str, str], reader: Reader) -> Base:
    at: dict[str, str] = dict(texts)
    begun: dict[str, Revision] = {}
    later: dict[str, Revision] = {}
    for found, sources in ((begun, base.begun), (later, base.later)):
        for number, source in enumerate(sources, 1):
            path = f"/project/versions/{'begun' if found is begun else 'later'}{number}.py"
            at[path] = source
            revision = reader.read(path, source.encode())
            assert isinstance(revision, Revision), revision.reason
            found[revision.id] = revision
    return compare(
        "main", history.revisions, begun, {**begun, **later}, frozenset(), lambda revision: at[revision.path]
    )


def check(
    rules: type[Rule] | Iterable[type[Rule]],
    *sources: str,
    config: Config | None = None,
    names: Sequence[str] = (),
) -> list[Found]:
    """What rules find in the last of the revisions *sources*, which follow one another; in order of their lines."""
    return [found for file, found in check_all(rules, *sources, config=config, names=names) if file == len(sources) - 1]


def check_all(
    rules: type[Rule] | Iterable[type[Rule]],
    *sources: str,
    config: Config | None = None,
    names: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    base: BaseBranch | None = None,
) -> list[tuple[int, Found]]:
    """What rules find in all of the revisions, each with the index of its source; those of *files* count on."""
    asked = [rules] if isinstance(rules, type) else list(rules)
    config = config or Config()
    whole = [revision_source(source, number) for number, source in enumerate(sources, 1)]
    history = history_of(whole, config, names, files, base)
    known = [*map(str, history.selection.files), *(f"/project/{path}" for path in files or ())]
    paths = {path: index for index, path in enumerate(known)}
    texts = dict(zip(known, (*whole, *(files or {}).values()), strict=True))
    made = [rule(config) for rule in asked]
    told = unallowed(
        placed(findings_of(history, made, config), config, texts.__getitem__),
        {path: text for path, text in texts.items() if MARK in text},
        {revision.path: revision.id for revision in history.revisions.values()},
        load_rules() if any(MARK in text for text in texts.values()) else asked,
        made,
    )
    found: dict[tuple[object, ...], tuple[int, Found]] = {}
    for finding, span in told:
        file = paths[finding.path]
        found.setdefault((file, span, finding.rule, finding.message, finding.direction), (file, Found(finding, span)))
    return sorted(found.values(), key=lambda item: (item[0], item[1].span.line, item[1].span.column, item[1].rule))


# --- pages of cases ---------------------------------------------------------------------------------------------------


class Case(Struct, frozen=True):
    """The revisions under one heading of a page, which follow one another, and what is marked in them.

    A mark ``# error: [rule-name]`` at the end of a line says that the rule finds something that begins on this line,
    or on the next line with code where the mark stands alone; ``# error: [rule-name] "text"`` that its message has
    this text. Lines without a mark have no finding. `settings` is what an alembic-review.toml would have, `files` are
    other files of the project. With a `base`, that is the branch that this one is compared with.
    """

    title: str
    sources: tuple[str, ...]
    settings: str
    line: int
    files: Mapping[str, str] = field(default_factory=dict)
    base: BaseBranch | None = None

    def verify(self, rule: type[Rule], config: Config | None = None) -> None:
        """Raises AssertionError where what is found is not what is marked; *config* takes the place of `settings`."""
        if config is None and self.settings:
            installed = {name for other in load_rules() for name in (other.name, other.group)}
            config = loads(self.settings, installed | {rule.name, rule.group})
        whole = [revision_source(source, number) for number, source in enumerate(self.sources, 1)]
        whole += self.files.values()
        wanted = sorted(
            (file, line, severity, name, message or "")
            for file, source in enumerate(whole)
            for line, severity, name, message in _marks(source)
            if name == rule.name
        )
        # To a rule that reads comments, a mark says nothing.
        sources = [_MARK.sub("# ", source) for source in self.sources]
        # What a comment allows, others find.
        rules = load_rules() if rule.group == COMMENTS else [rule]
        found = [
            (file, item.span.line, item.severity, item.rule, item.message)
            for file, item in check_all(rules, *sources, config=config, files=self.files, base=self.base)
            if item.rule == rule.name
        ]
        missing = [mark for mark in wanted if not any(_fits(mark, item) for item in found)]
        extra = [item for item in found if not any(_fits(mark, item) for mark in wanted)]
        assert not missing and not extra, "\n".join(
            [f"{self.title} (line {self.line})"]
            + [
                f"  not found: revision {mark[0] + 1}, line {mark[1]}: {mark[2]}[{mark[3]}] {mark[4]}"
                for mark in missing
            ]
            + [
                f"  not marked: revision {item[0] + 1}, line {item[1]}: {item[2]}[{item[3]}] {item[4]}"
                for item in extra
            ]
        )


def _fits(mark: tuple[int, int, str, str, str], item: tuple[int, int, str, str, str]) -> bool:
    return mark[:4] == item[:4] and mark[4] in item[4]


def _marks(source: str) -> Iterator[tuple[int, str, str, str | None]]:
    lines = source.split("\n")
    for number, line in enumerate(lines, 1):
        for mark in _MARK.finditer(line):
            at = number
            if not line[: mark.start()].strip():
                while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
                    at += 1
                at += 1
            yield at, mark[1], mark[2], mark["message"]


def cases(page: Path) -> list[Case]:
    """The cases of a Markdown page: all Python blocks under one heading are the revisions of one case.

    A ``toml`` block under the heading holds settings, as an alembic-review.toml does. A block with a path behind its
    language is another file of the project: ``python env.py``. Those that say ``python (base)`` are revisions of the
    base branch that this branch began with, and ``python (base, later)`` those that it got or changed since.
    """
    return list(_cases(page.read_text(encoding="utf-8")))


def sections(text: str) -> dict[str, list[tuple[str, str]]]:
    """The fenced blocks of a Markdown text as (language, content), by the heading they stand under."""
    found: dict[str, list[tuple[str, str]]] = {}
    for title, _line, blocks in _sections(text):
        found.setdefault(title, []).extend(blocks)
    return found


def _sections(text: str) -> Iterator[tuple[str, int, list[tuple[str, str]]]]:
    title, start = "", 1
    blocks: list[tuple[str, str]] = []
    fence: str | None = None
    language = ""
    inside: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if fence is not None:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                blocks.append((language, "\n".join(inside) + "\n"))
                fence = None
            else:
                inside.append(line)
            continue
        opening = _FENCE.match(line.strip())
        heading = _HEADING.match(line)
        if opening:
            fence, language, inside = opening[1], f"{opening[2]} {opening[3].strip()}".strip(), []
        elif heading:
            yield title, start, blocks
            title, start, blocks = heading[2], number, []
    yield title, start, blocks


def _cases(text: str) -> Iterator[Case]:
    for title, line, blocks in _sections(text):
        sources = tuple(content for language, content in blocks if language in ("python", "py"))
        settings = "".join(content for language, content in blocks if language == "toml")
        files = {language.partition(" ")[2]: content for language, content in blocks if language.startswith("python ")}
        files = {path: content for path, content in files.items() if not path.startswith("(base")}
        begun = tuple(content for language, content in blocks if language == "python (base)")
        later = tuple(content for language, content in blocks if language == "python (base, later)")
        base = BaseBranch(begun, later) if begun or later else None
        if sources or files:
            yield Case(title, sources, settings, line, files, base)
