"""Output of the development scripts, and their end when something is wrong."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

# A step that prints nothing for this long prints that it continues.
REMINDER_SECONDS = 10


class Failure(Exception):
    """Ends the script with this text and a status that is not 0."""


def say(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def step(text: str, shows_progress: bool = False):
    """Prints that a step begins, now and then that it continues (unless it shows its own progress), and how long it took."""
    started = time.monotonic()
    over = threading.Event()

    def remind() -> None:
        while not over.wait(REMINDER_SECONDS):
            say(f"   ... still {text} ({time.monotonic() - started:.0f} s)")

    say(f"-> {text}")
    reminder = threading.Thread(target=remind, daemon=True)
    if not shows_progress:
        reminder.start()
    try:
        yield
    finally:
        over.set()
        if not shows_progress:
            reminder.join()
    elapsed = time.monotonic() - started
    if elapsed > 2:
        say(f"   took {elapsed:.0f} s")


def run_quietly(command: list, **options) -> None:
    """Runs a command, and shows its output only if it fails."""
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
    except OSError as error:
        raise Failure(f"{command[0]} can't be started: {error.strerror}") from error
    if result.returncode != 0:
        tail = "\n".join(result.stdout.splitlines()[-40:])
        raise Failure(f"{tail}\n`{' '.join(map(str, command))}` failed with status {result.returncode}")


def main(script) -> None:
    """Runs a script's function. A Failure is printed to standard error, and ends the process with status 1."""
    try:
        script()
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
