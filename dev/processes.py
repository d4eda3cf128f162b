"""Processes that end with this one, together with all that they start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

# Processes that still run after the first are killed. Both together are well under the five seconds that `make dev` promises.
GRACE_SECONDS = 2.0
KILL_SECONDS = 1.0
POLL_SECONDS = 0.05


def start(command: list, **options) -> subprocess.Popen:
    """Starts a command in a session of its own: Ctrl-C reaches this script only, which then stops the processes in order."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent(), **options)


def die_with_parent():
    """Makes Linux end a child whose parent was killed. Other systems cannot do that."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    pr_set_pdeathsig = 1
    return lambda: prctl(pr_set_pdeathsig, signal.SIGTERM)


def stop(processes: list) -> None:
    """Stops these processes and their descendants, the last one first: by SIGTERM, and those that remain by SIGKILL."""
    running = [process for process in reversed(processes) if process.poll() is None]
    # Read before anything ends: an orphan's parent is lost.
    family = descendants([process.pid for process in processes])
    for process in running:
        send(process.pid, signal.SIGTERM)
    wait_for_end(running, family, GRACE_SECONDS)
    for pid in alive(running, family):
        send(pid, signal.SIGKILL)
    wait_for_end(running, family, KILL_SECONDS)


def wait_for_end(processes: list, family: list, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while alive(processes, family) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def alive(processes: list, family: list) -> list:
    own = [process.pid for process in processes if process.poll() is None]
    commands = {pid: command for pid, _, command in table()} if family else {}
    # The command is compared too, because the pid may belong to another process by now.
    return own + [pid for pid, command in family if commands.get(pid) == command]


def descendants(roots: list) -> list:
    """Returns the pid and command of every process below these."""
    rows = table()
    found, parents = [], set(roots)
    while parents:
        children = [(pid, command) for pid, parent, command in rows if parent in parents]
        found += children
        parents = {pid for pid, _ in children}
    return found


def table() -> list:
    """Returns every process that is not a zombie: its pid, its parent's pid, its command."""
    try:
        output = subprocess.run(["ps", "-axo", "pid=,ppid=,stat=,comm="], capture_output=True, text=True).stdout
    except FileNotFoundError:
        # Small systems lack `ps`. There, descendants are not found; they end only if they notice their parent's end.
        return []
    rows = [line.split(None, 3) for line in output.splitlines()]
    return [(int(row[0]), int(row[1]), row[3]) for row in rows if len(row) == 4 and not row[2].startswith("Z")]


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
