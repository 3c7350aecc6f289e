"""A process of its own that keeps one PostgreSQL server, and clears everything away when nobody holds on to it.

A script that needs the standard library alone: ``keeper.py BINARIES ACCOUNT [COPIED ...]``, see `keep`. It writes the
folder of the server's socket to standard output once the server answers, and lets it run until standard input is
written to or closed. The kernel closes it however the other end goes: by returning, Ctrl-C, SIGTERM or SIGKILL.
Where the server cannot be started, the reason is the last line on standard error.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

START_SECONDS = 60
"""How long a server may take to answer; on an idle machine it takes a twentieth of a second."""

SOCKET_PATH_BYTES = 103
"""How long the path of a socket may be: 107 bytes on Linux, 103 on macOS."""

MEMORY_BYTES = 1 << 30
"""How much must be free in memory to put a server there: it takes 100 MB, and 8 for each database that is open."""

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    # Nothing in these databases is to outlive the server.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "64MB",
    # Nothing else is to lock a table while somebody looks at its locks.
    "autovacuum": "off",
    "timezone": "UTC",
    "log_line_prefix": "",
}


def keep(binaries: Path, account: str | None, copied: list[Path]) -> None:
    """Runs a server until standard input is written to or closed.

    *binaries* is the folder of ``initdb`` and ``postgres``; *account* the user to run them as, None for our own.
    *copied* are folders side by side that *account* may not read, and *binaries* lies in one of them: they are copied
    to where it may.
    """
    parent = _parent(account, copied)
    with tempfile.TemporaryDirectory(prefix="alembic-review-", dir=parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for source in copied:
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("include", "*.a"))
        if copied:
            binaries = folder / binaries.relative_to(copied[0].parent)
        if account:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, account)
        with _server(binaries, account, folder):
            print(folder, flush=True)
            sys.stdin.buffer.read(1)


def _parent(account: str | None, copied: list[Path]) -> str | None:
    """The folder to make ours in; None for the usual one."""
    memory = Path("/dev/shm")  # noqa: S108  As for /tmp below: ours has a random name and opens to its owner alone.
    # A database is 300 files, twenty times faster made here than on some disks. Docker lets no program run from here.
    if not copied and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES:
        return str(memory)
    socket = Path(tempfile.gettempdir(), "alembic-review-xxxxxxxx", ".s.PGSQL.5432")
    # Root's own temporary folder may be closed to others.
    return "/tmp" if account or len(os.fsencode(socket)) > SOCKET_PATH_BYTES else None  # noqa: S108


@contextmanager
def _server(binaries: Path, account: str | None, folder: Path) -> Iterator[None]:
    """A server whose data and socket lie in *folder*; it answers when this is entered."""
    data, log = folder / "data", folder / "log"
    made = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    with log.open("wb") as output:
        with start([str(binaries / "initdb"), f"--pgdata={data}", *made], account, output, str(folder)) as initdb:
            pass
        if initdb.returncode:
            sys.exit(_complaint(log))
        command = [str(binaries / "postgres"), "-D", str(data), f"--unix_socket_directories={folder}", *settings]
        postgres = start(command, account, output, str(folder))
    try:
        _wait_for(postgres, data, log)
        yield
    finally:
        # The immediate shutdown: sessions are cut off, nothing is written.
        postgres.send_signal(signal.SIGQUIT)
        postgres.wait()


def start(command: list[str], account: str | None, output: int | IO[bytes], folder: str) -> subprocess.Popen[bytes]:
    """Starts one of PostgreSQL's programs in *folder*, as *account* where that is not None.

    Raises OSError where the account may not run it.
    """
    import pwd  # Windows has none, and there this module has to be importable.

    try:
        entry = pwd.getpwnam(account) if account else None
    except KeyError:
        raise FileNotFoundError(0, "there is no such user") from None
    # PGDATA, PGPORT, PGOPTIONS and the like are meant for another server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.Popen(  # noqa: S603  The caller found the program by its name in known places.
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment | {"LC_ALL": "C"},
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )


def _wait_for(postgres: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not _is_ready(data):
        if postgres.poll() is not None:
            sys.exit(_complaint(log))
        if time.monotonic() > end:
            sys.exit(f"no answer after {START_SECONDS} seconds")
        time.sleep(0.01)


def _is_ready(data: Path) -> bool:
    # The eighth line of postmaster.pid is what pg_ctl waits for too (PostgreSQL's utils/pidfile.h).
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _complaint(log: Path) -> str:
    """The one line of *log* that says why a program stopped."""
    lines = log.read_text(errors="replace").splitlines() or ["no reason given"]
    return next((line for line in lines if "error:" in line or line.startswith("FATAL:")), lines[-1])


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    keep(Path(sys.argv[1]), sys.argv[2] or None, [Path(argument) for argument in sys.argv[3:]])
