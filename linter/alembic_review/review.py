"""One walk over each history, oldest revision first: every rule is shown every change under review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from alembic_review.allowances import Comments, allowing, idle, settled
from alembic_review.change import Change, Clash, Makers, Run, Settings
from alembic_review.config import Config, ConfigError, check_settings, check_wrappers
from alembic_review.diagnostics import Diagnostic, Report, Span
from alembic_review.environment import Environment
from alembic_review.history.cache import Cache
from alembic_review.history.dialect import dialect_of_folder, dialect_of_url
from alembic_review.history.folder import History, Read, load
from alembic_review.history.order import Order
from alembic_review.history.project import Selection
from alembic_review.history.tree import ProjectTree
from alembic_review.installed import version_of
from alembic_review.nearest import did_you_mean
from alembic_review.operations import (
    CreateObject,
    CreateTable,
    DropTable,
    Operation,
    Place,
    RenameTable,
    SetSchema,
    Unread,
)
from alembic_review.parsing.comments import MARK, allows_of
from alembic_review.parsing.positions import Positions
from alembic_review.replay.conditions import older_tables
from alembic_review.replay.draft import plain
from alembic_review.revision import Allow, Revision, Unreadable
from alembic_review.rule import Finding, Rule
from alembic_review.run import RunError, shown
from alembic_review.schema import EMPTY, Schema
from alembic_review.text import content, decoded
from alembic_review.types import Name


def review(
    histories: Sequence[tuple[Selection, ProjectTree]],
    config: Config,
    rules: Sequence[type[Rule]],
    cache: Cache | None = None,
) -> Report:
    """Review histories with *rules*, those of them that *config* selects.

    Raises ConfigError where *config* has a setting that no rule has, or starts after a revision that there is not.
    """
    check_settings(config, {rule.name: rule.settings for rule in rules})
    if config.wrappers:
        from alembic_review.parsing.directives import DIRECTIVES

        check_wrappers(config, DIRECTIVES)
    config = replace(
        config,
        alembic=config.alembic or version_of("alembic"),
        sqlalchemy=config.sqlalchemy or version_of("sqlalchemy"),
    )
    selected = [rule for rule in rules if config.selects(rule.name, rule.group, default=rule.default_on)]
    cwd = Path.cwd()
    diagnostics: list[Diagnostic] = []
    revisions = read = 0
    known: list[str] = []
    judged: list[str] = []
    started = False
    reasons: Counter[str] = Counter()
    dialects: set[str] = set()
    for selection, tree in histories:
        here = _for_dialect(config, selection)
        dialects.add(here.dialect)
        asked = [rule(here) for rule in selected]
        history = _loaded(selection, tree, here, cache)
        if config.start_after is not None and (start := _named(config.start_after, history)):
            started = True
            history = _starting_after(start, history)
        revisions += len(history.revisions) + len(history.duplicates)
        known += history.revisions
        for revision in history.revisions.values():
            if revision.path not in history.reviewed:
                continue
            judged.append(revision.id)
            for operation in (*(revision.upgrade or ()), *(revision.downgrade or ())):
                if isinstance(operation, Unread):
                    reasons[operation.why] += 1
                else:
                    read += 1
        found = placed(findings_of(history, asked, here), config, _text)
        texts = {path: text for path in _commented(history) if MARK in (text := _text(path))}
        ids = {revision.path: revision.id for revision in _all(history)}
        told = unallowed(found, texts, ids, rules, asked, {one.path for one in history.unreadable})
        diagnostics += (_diagnostic(finding, span, config, cwd) for finding, span in told)
    if config.start_after is not None and not started:
        raise ConfigError(
            f'no revision is called "{config.start_after}", so none comes after it (--since, start-after)'
            f"{did_you_mean(config.start_after, known)}"
        )
    return Report(
        # Histories that share an env.py find the same in it.
        tuple(dict.fromkeys(diagnostics)),
        len(histories),
        revisions,
        len(judged),
        read,
        reasons.total(),
        dict(reasons.most_common()),
        tuple(sorted({selection.branch.base for selection, _ in histories if selection.branch})),
        tuple(sorted(rule.name for rule in selected)),
        tuple(known),
        tuple(judged),
        dialects=tuple(sorted(dialects)),
    )


def _named(name: str, history: History) -> str | None:
    """The revision of that id, or the one whose id begins so, as Alembic's commands understand it."""
    if name in history.revisions:
        return name
    found = [one for one in history.revisions if name and one.startswith(name)]
    if len(found) > 1:
        raise ConfigError(f'"{name}" may be each of {", ".join(found)}; write more of it (--since, start-after)')
    return found[0] if found else None


def _starting_after(start: str, history: History) -> History:
    """The history without what a database at a revision has among what is under review."""
    had = {history.revisions[name].path for name in history.order.line(start)}
    return replace(history, reviewed=history.reviewed - had)


def _for_dialect(config: Config, selection: Selection) -> Config:
    """The configuration for a history, which may show that it is for another database."""
    dialect = dialect_of_folder(selection)
    if dialect is None and not config.says_dialect:
        dialect = dialect_of_url(selection)
    return replace(config, dialect=dialect) if dialect else config


def _loaded(selection: Selection, tree: ProjectTree, config: Config, cache: Cache | None) -> History:
    reader = _LateReader(selection, tree, config)
    if cache is None:
        return _beside_base(load(selection, content, reader, tree, reader.environment), reader)
    # Its decoders for the whole vocabulary take a while to build.
    from alembic_review.history.stored import CachedReader

    name = f"{selection.history.script_location} {selection.history.version_locations} {reader.manner}"
    remembered = CachedReader(cache.revisions(name), tree, reader)
    history = _beside_base(load(selection, content, remembered, tree, reader.environment), remembered)
    remembered.save()
    return history


def _beside_base(history: History, read: Read) -> History:
    branch = history.selection.branch
    if branch is None:
        return history
    from alembic_review.history.beside import base_of
    from alembic_review.history.git import GitError

    try:
        return replace(history, base=base_of(history, branch, read))
    except GitError as error:
        raise RunError(str(error)) from error


class _LateReader:
    """Reads revisions; a parser is imported when there is one to parse."""

    def __init__(self, selection: Selection, tree: ProjectTree, config: Config) -> None:
        self._script_location = selection.history.script_location
        self.manner = f"{config.dialect} {sorted(config.wrappers.items())}"
        self._tree = tree
        self._config = config
        self._reader: Reader | None = None

    def __call__(self, path: str, data: bytes) -> Revision | Unreadable:
        return self._parser().read(path, data)

    def environment(self) -> Environment | None:
        """What env.py says; None where there is none."""
        if self._script_location is None:
            return None
        path = str(self._script_location / "env.py")
        text = self._tree.text(path, "")
        return None if text is None else self._parser().environment(path, text.encode(errors="surrogatepass"))

    def _parser(self) -> Reader:
        if self._reader is None:
            from alembic_review.parsing.module import Reader as Parser

            self._reader = Parser(self._tree, self._config.dialect, self._config.wrappers)
        return self._reader


class Reader(Protocol):
    """`parsing.module.Reader`, which is imported late."""

    def read(self, path: str, data: bytes) -> Revision | Unreadable: ...

    def environment(self, path: str, data: bytes) -> Environment: ...


def findings_of(history: History, rules: Sequence[Rule], config: Config) -> Iterator[Finding]:
    """What rules find in one history."""
    for rule in rules:
        yield from rule.check_history(history)
    # Of a hundred rules, a fifth looks at histories or comments alone.
    asked = [rule for rule in rules if type(rule).check is not Rule.check]
    for change in changes(history, config):
        for rule in asked:
            yield from rule.check(change)


def changes(history: History, config: Config) -> Iterator[Change]:
    """The changes under review, oldest first; what is not under review is replayed all the same.

    Each stands on what its own ancestors made: branches that go beside it may be applied before it, after it, or
    never, and those that start from roots of their own may be for another database.
    A history of several engines (the multidb template) is walked once for each: they are databases of their own.
    A file whose id another one has as well is judged where it says it stands, and nothing stands on it; merges among
    such files are left out.
    """
    settings = Settings.of(config)
    environment = history.environment()
    if environment is not None:
        settings = replace(
            settings,
            naming_convention={**settings.naming_convention, **(environment.naming_convention or {})},
            convention_known=environment.naming_convention is not None or environment.has_metadata is False,
            transaction_per_migration=environment.transaction_per_migration,
        )
    beside: dict[str | None, list[Revision]] = {}
    for revision in history.duplicates:
        if revision.path in history.reviewed and not revision.is_merge:
            parent = next((name for name in revision.down_revision if name in history.revisions), None)
            beside.setdefault(parent, []).append(revision)
    start = Run(settings, older=older_tables(_operations(history)))
    makers = _makers(history)
    for engine in _engines(history):
        for revision in beside.get(None, ()):
            yield Change(revision, EMPTY, start, engine, environment)
        left: dict[str, tuple[Schema, Run]] = {}
        starts = dict(history.order.starts)
        for revision in history.in_order():
            before = history.order.before[revision.id]
            schema, run = EMPTY, start
            if before.parent is not None:
                schema, run = left[before.parent]
                starts[before.parent] -= 1
                if not starts[before.parent]:
                    del left[before.parent]
            clashes: list[Clash] = []
            for other in before.also:
                joined = Change(history.revisions[other], schema, run, engine, environment)
                schema, run = joined.after, joined.run
                if others := _beside(joined, history.order):
                    clashes.append(Clash(joined, others))
            change = Change(revision, schema, run, engine, environment, tuple(clashes), makers if not engine else None)
            if revision.path in history.reviewed:
                yield change
            for twin in beside.get(revision.id, ()):
                yield Change(twin, change.after, change.run, engine, environment)
            if revision.id in starts:
                left[revision.id] = change.after, change.run


def _beside(joined: Change, order: Order) -> frozenset[str]:
    """The revisions that a change needs not, and whose doings stand in its way."""
    met = {
        refusal.by.revision
        for step in joined.upgrade
        for refusal in step.outcome.refusals
        if refusal.by is not None and refusal.by.revision != joined.revision.id
    }
    return frozenset(met - order.line(joined.revision.id)) if met else frozenset()


def _makers(history: History) -> Makers:
    """What tells who makes a table. A table that any upgrade drops or renames may have been there before."""
    makers: dict[Name, set[str]] = {}
    surely: set[Name] = set()
    moved: set[Name] = set()
    for revision in history.revisions.values():
        for operation in revision.upgrade or ():
            made: tuple[Name, ...] = ()
            match operation:
                case CreateTable(table=table):
                    made = (plain(table),)
                    looks = operation.if_not_exists or operation.checked or operation.guarded or operation.conditions
                    if not looks and not operation.temporary:
                        surely.add(plain(table))
                case CreateObject(name=name):
                    made = (plain(name),)
                case DropTable(table=table):
                    moved.add(plain(table))
                case RenameTable(table=table, new_name=new):
                    moved.add(plain(table))
                    made = (plain(Name(new, table.schema)),)
                case SetSchema(table=table, schema=schema):
                    moved.add(plain(table))
                    made = (plain(Name(table.name, schema)),)
                case Unread(tables=tables):
                    made = tuple(map(plain, tables))
            for name in made:
                makers.setdefault(name, set()).add(revision.id)
    return Makers(
        {name: frozenset(revisions) for name, revisions in makers.items()},
        frozenset(surely - moved),
        history.order.line,
    )


def _operations(history: History) -> Iterator[Operation]:
    for revision in history.revisions.values():
        yield from revision.upgrade or ()
        yield from revision.downgrade or ()


def _engines(history: History) -> list[str]:
    known = (*history.revisions.values(), *history.duplicates)
    found = {operation.engine for revision in known for operation in revision.upgrade or ()}
    return sorted(found - {""}) or [""]


def _all(history: History) -> Iterator[Revision]:
    yield from history.revisions.values()
    yield from history.duplicates
    yield from (found for found in history.invisible if isinstance(found, Revision))


def _commented(history: History) -> Iterator[str]:
    """The files whose comments count: those under review, and env.py where all is."""
    yield from sorted(history.reviewed)
    environment = history.selection.history.script_location
    if environment is not None and history.whole:
        yield str(environment / "env.py")


def placed(findings: Iterable[Finding], config: Config, text: Callable[[str], str]) -> Iterator[tuple[Finding, Span]]:
    """Findings with the spans they stand at, each once, without those that `per-file-ignores` leave out.

    *text* gives the text of a file by its path.
    """
    # One file after the other, so that only one is held with all its places.
    at: str | None = None
    positions = Positions("")
    seen: set[tuple[object, ...]] = set()
    for finding in sorted(findings, key=lambda finding: finding.path):
        if config.ignores(finding.path, finding.rule.name, finding.rule.group):
            continue
        span = finding.place
        if isinstance(span, Place):
            if finding.path != at:
                at = finding.path
                positions = Positions(text(at))
            span = positions.span(span)
        key = (finding.rule.name, finding.path, span, finding.message, finding.revision, finding.direction)
        if key in seen:
            # A helper that is called twice does the same in the same place.
            continue
        seen.add(key)
        yield finding, span


def unallowed(
    found: Iterable[tuple[Finding, Span]],
    texts: Mapping[str, str],
    ids: Mapping[str, str],
    rules: Sequence[type[Rule]],
    asked: Sequence[Rule],
    unread: Collection[str] = (),
) -> Iterator[tuple[Finding, Span]]:
    """What no comment allows, and then what rules about comments find.

    *texts* are the files whose comments count, *ids* the revisions that files hold, by path. *rules* are all there
    are, *asked* those of them that were asked. Of the files *unread* nobody knows what their comments allow.
    """
    allows = {path: allows_of(text) for path, text in texts.items()}
    used: dict[str, set[tuple[Allow, str]]] = {path: set() for path in allows}
    for finding, span in found:
        by = set(allowing(allows.get(finding.path, ()), finding.rule.name, finding.rule.group, span))
        if by:
            used[finding.path] |= by
        else:
            yield finding, span

    known = frozenset(name for rule in rules for name in (rule.name, rule.group))
    groups = {rule.name: (rule.group, rule.default_on) for rule in rules}
    groups |= {rule.name: (rule.group, rule.default_on) for rule in asked}
    for path, mine in allows.items():
        here = [rule for rule in asked if not rule.config.ignores(path, rule.name, rule.group)]
        unneeded = () if path in unread else idle(mine, used[path], settled(groups, {rule.name for rule in here}))
        comments = Comments(path, ids.get(path), mine, unneeded, known)
        for rule in here:
            for finding in rule.check_comments(comments):
                if isinstance(finding.place, Span) and not any(allowing(mine, rule.name, rule.group, finding.place)):
                    yield finding, finding.place


def _diagnostic(finding: Finding, span: Span, config: Config, cwd: Path) -> Diagnostic:
    return Diagnostic(
        rule=finding.rule.name,
        group=finding.rule.group,
        severity=config.severity_of(finding.rule.name, finding.rule.group, default=finding.rule.severity),
        path=shown(finding.path, cwd),
        span=span,
        message=finding.message,
        help=finding.help,
        revision=finding.revision,
        direction=finding.direction,
        table=finding.table,
        thing=finding.thing,
    )


def _text(path: str) -> str:
    try:
        return decoded(content(path))
    except (OSError, UnicodeError, SyntaxError, LookupError):
        return ""
