"""What a branch adds and changes, as git tells it; files of other commits are read where git keeps them.

Nothing is checked out or written, and no branch is fetched. Pagers, monitors and programs that show differences, which
the settings of a repository may name, are not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from alembic_review.history.branch import Branch, RealPaths
from alembic_review.history.layout import is_revision_name
from alembic_review.history.project import HistoryFolder, Selection
from alembic_review.text import content

# A hook of git's is told by these which repository it is run for; ours are found from the folders of revisions.
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")

_QUIET = ("--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false")
_DIFF = ("diff", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")

_DEEPEN = (
    "run git fetch --unshallow, or have CI fetch all of it (GitHub: fetch-depth: 0 of actions/checkout, GitLab: "
    'GIT_DEPTH: "0", Bitbucket: clone: depth: full)'
)


class GitError(Exception):
    """What keeps a branch from being compared: one line that says what, and what to do."""


class _Wanted(Struct, frozen=True):
    """A base branch as it was asked for: the names that git may know it by, likeliest first, and who asked."""

    names: tuple[str, ...]
    by: str


def narrowed(selections: Iterable[Selection], base: str, environment: Mapping[str, str]) -> list[Selection]:
    """The selections, with what their branch adds or changes left of what is under review.

    *base* is what git knows the base branch by; empty for the one that the CI service names in *environment*, else
    for the default branch of ``origin``. Raises GitError.
    """
    wanted = _Wanted((base, f"origin/{base}"), f"--base {base}") if base else _named_by_ci(environment)
    repositories: dict[Path, _Repository] = {}
    real = RealPaths()
    found = []
    for selection in selections:
        top = _top_of(selection.history)
        if top not in repositories:
            repositories[top] = _Repository(top, wanted)
        branch = repositories[top].branch(selection, real)
        reviewed, invisible = (
            tuple([file for file in files if real(file) in branch.changed])
            for files in (selection.reviewed, selection.invisible)
        )
        found.append(replace(selection, branch=branch, reviewed=reviewed, invisible=invisible))
    return found


def contents(top: Path, hashes: Iterable[str]) -> dict[str, bytes]:
    """The contents that git keeps under these hashes. Raises GitError where one is not to be had."""
    wanted = sorted(set(hashes))
    if not wanted:
        return {}
    data = _git(top, "cat-file", "--batch", given="".join(f"{one}\n" for one in wanted).encode()).stdout
    found: dict[str, bytes] = {}
    at = 0
    for one in wanted:
        head, _, _ = data[at : at + 200].partition(b"\n")
        words = head.split()
        if len(words) != 3 or words[1] != b"blob":
            raise GitError(f"{top}: git cannot give {one}; is the clone whole? git fsck tells")
        start = at + len(head) + 1
        found[one] = data[start : start + int(words[2])]
        at = start + int(words[2]) + 1
    return found


def _named_by_ci(environment: Mapping[str, str]) -> _Wanted:
    """The base branch of the pull request that is built here, else the default branch of ``origin``."""
    for variable, commit in (
        ("GITHUB_BASE_REF", ""),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "BITBUCKET_PR_DESTINATION_COMMIT"),
    ):
        name, known = environment.get(variable), environment.get(commit) if commit else None
        if name:
            # A CI's clone may have the commit and not the branch.
            return _Wanted((f"origin/{name}", name, *filter(None, [known])), f"{variable}={name}")
        if known:
            return _Wanted((known,), f"{commit}={known}")
    return _Wanted(("origin/HEAD",), "")


def _top_of(history: HistoryFolder) -> Path:
    """The one repository that the revisions of a history lie in."""
    tops: dict[Path, None] = {}
    for location in history.version_locations:
        folder = Path(os.path.realpath(location))
        while not folder.is_dir():
            folder = folder.parent
        done = _git(folder, "rev-parse", "--show-toplevel", may_fail=True)
        if done.returncode:
            told = _told(done)
            if "not a git repository" in told:
                raise GitError(f"{folder}: is in no git repository, so there is no base; review it with --no-base")
            raise GitError(f"{folder}: git says: {told}")
        tops[Path(os.path.realpath(os.fsdecode(done.stdout).removesuffix("\n")))] = None
    if len(tops) > 1:
        raise GitError(
            f"{', '.join(map(str, tops))}: one history in several repositories has no base; review it with --no-base"
        )
    return next(iter(tops), history.root)


class _Repository:
    """One repository, with the commits that are compared."""

    def __init__(self, top: Path, wanted: _Wanted) -> None:
        self._top = top
        resolved = [(name, commit) for name in wanted.names if (commit := self._commit(name))]
        if not resolved:
            raise GitError(self._unknown(wanted))
        for name, commit in resolved:
            done = _git(top, "merge-base", "HEAD", commit, may_fail=True)
            if not done.returncode:
                self.fork = done.stdout.decode().strip()
                self.tip = commit
                self.base = self._name(name) if name == "origin/HEAD" else name[:12] if name == commit else name
                return
        raise GitError(self._apart(resolved[0][0]))

    def branch(self, selection: Selection, real: RealPaths) -> Branch:
        """How a history stands to the base."""
        history = selection.history
        files = set(map(real, selection.files))
        here = files.union(map(real, selection.invisible))
        environment = history.script_location and os.path.realpath(history.script_location / "env.py")
        places = {os.path.realpath(location) for location in history.version_locations}
        paths = places | {os.path.dirname(path) for path in here} | ({environment} if environment else set())

        known = self._files(self.fork, paths)
        if files and not known.keys() & files:
            # The folder itself may have moved.
            before = {os.path.dirname(old) for old in self._moved() if is_revision_name(os.path.basename(old))}
            places |= before
            paths |= before
            known = self._files(self.fork, paths)
        different = {path for path in self._differing(paths) if path in known}

        def seen(found: Mapping[str, str]) -> dict[str, str]:
            return {path: one for path, one in found.items() if path in files or self._is_in(path, places, history)}

        # A sparse checkout lacks files that nobody has deleted.
        at_fork = {path: one for path, one in seen(known).items() if path in files or path in different}
        changed = (here & different) | (here - known.keys())
        return Branch(
            self._top,
            self.base,
            self.tip,
            self.fork,
            at_fork,
            seen(self._files(self.tip, paths)),
            frozenset(changed - self._only_moved(files, changed, at_fork)),
            environment is not None
            and (environment in different or (environment not in known and os.path.isfile(environment))),
        )

    def _is_in(self, path: str, places: Collection[str], history: HistoryFolder) -> bool:
        """Whether Alembic would take a file of another commit for a revision."""
        folder, name = os.path.split(path)
        below = history.settings.recursive and any(folder.startswith(place + os.sep) for place in places)
        return is_revision_name(name) and (folder in places or below)

    def _commit(self, name: str) -> str | None:
        if name.startswith("-"):
            return None
        done = _git(self._top, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", may_fail=True)
        return None if done.returncode else done.stdout.decode().strip()

    def _name(self, name: str) -> str:
        """What a symbolic name such as origin/HEAD stands for."""
        done = _git(self._top, "rev-parse", "--abbrev-ref", name, may_fail=True)
        return os.fsdecode(done.stdout).strip() or name

    def _unknown(self, wanted: _Wanted) -> str:
        if not wanted.by:
            return (
                "--base: no variable of GitHub, GitLab or Bitbucket names the target of a pull request, and git knows "
                "no default branch of origin; name the base, as in --base origin/main"
            )
        name = wanted.names[0].removeprefix("origin/")
        if Path(name).exists():
            return f"{wanted.by}: that is a path, and no branch; write --base=BRANCH, or --base behind the paths"
        # By itself, git fetch origin NAME gives a clone of one branch no name for what it fetched.
        fetch = f"git fetch origin {name}:refs/remotes/origin/{name}"
        return f'{wanted.by}: git knows no "{name}" here; run {fetch}, or name another'

    def _apart(self, name: str) -> str:
        shallow = _git(self._top, "rev-parse", "--is-shallow-repository", may_fail=True).stdout.strip() == b"true"
        if shallow:
            return f'--base: this clone is shallow, and does not hold the commit where it left "{name}"; {_DEEPEN}'
        return f'--base: this branch and "{name}" have no commit in common; name another base'

    def _files(self, commit: str, paths: Collection[str]) -> dict[str, str]:
        """The files of a commit that lie at or below these paths, with the hashes of their content."""
        inside = self._inside(paths)
        if not inside:
            return {}
        listed = _git(self._top, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *filter(None, inside)).stdout
        found: dict[str, str] = {}
        for entry in listed.split(b"\0")[:-1]:
            about, _, path = entry.partition(b"\t")
            mode, _, hash_ = about.split()
            if mode.startswith(b"100"):
                found[self._path(os.fsdecode(path))] = hash_.decode()
        return found

    def _differing(self, paths: Collection[str]) -> Iterator[str]:
        """The files that are not as they are at the fork; those that git was never told of are not among them."""
        inside = self._inside(paths)
        if inside:
            for fields in self._diff("--no-renames", self.fork, "--", *filter(None, inside)):
                yield self._path(fields[1])

    def _moved(self) -> Iterator[str]:
        """Where files stood at the fork that have moved."""
        for fields in self._diff("-M", "--diff-filter=R", self.fork):
            yield self._path(fields[1])

    def _diff(self, *arguments: str) -> Iterator[Sequence[str]]:
        """The entries of a raw diff: what changed, and its path, or the old one and the new one."""
        parts = [os.fsdecode(part) for part in _git(self._top, *_DIFF, *arguments).stdout.split(b"\0")[:-1]]
        at = 0
        while at < len(parts):
            size = 3 if parts[at].split()[-1][0] in "RC" else 2
            yield parts[at : at + size]
            at += size

    def _only_moved(self, here: set[str], changed: Iterable[str], at_fork: Mapping[str, str]) -> set[str]:
        """Of the changed files, those that are new here, and as one was at the fork that is gone."""
        gone = [hash_ for path, hash_ in at_fork.items() if path not in here]
        new = [path for path in changed if path not in at_fork]
        if not gone or not new:
            return set()
        known = {_lines(data) for data in contents(self._top, gone).values()}
        return {path for path in new if _lines(_content(path)) in known}

    def _inside(self, paths: Collection[str]) -> list[str]:
        """Real paths as git names them, without those outside of the repository; one empty one for all of it."""
        top = str(self._top)
        start = top.rstrip(os.sep) + os.sep
        found = {path.removeprefix(start).replace(os.sep, "/") for path in paths if path.startswith(start)}
        return [""] if top in paths else sorted(found)

    def _path(self, name: str) -> str:
        return str(self._top / name)


def _lines(data: bytes) -> bytes:
    # A checkout may end lines as the system does.
    return data.replace(b"\r\n", b"\n")


def _content(path: str) -> bytes:
    try:
        return content(path)
    except OSError:
        return b""


def _git(
    folder: Path, *arguments: str, given: bytes | None = None, may_fail: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """What git answers. Raises GitError where there is no git, and where it fails unless it may."""
    command = _command()
    if command is None:
        raise GitError("--base needs the command git, which is not to be found; install it, or review with --no-base")
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    done = subprocess.run(  # noqa: S603
        [command, *_QUIET, *arguments],
        cwd=folder,
        env=environment | {"LC_ALL": "C"},
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode and not may_fail:
        raise GitError(f"{folder}: git {arguments[0]} says: {_told(done)}")
    return done


def _command() -> str | None:
    """The git of the search path; never one that lies in the folder of the project, as Windows would take it."""
    for folder in os.get_exec_path():
        if folder and (found := shutil.which(os.path.join(os.path.abspath(folder), "git"))):
            return found
    return None


def _told(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = os.fsdecode(done.stderr).strip().split("\n")
    return next((line for line in lines if line.startswith("fatal:")), lines[0]).removeprefix("fatal: ")
