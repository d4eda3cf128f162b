"""How many directories `cargo lambda watch` would watch for changes of the code, and whether Linux lets it.

It watches every directory of the project, those of `.tools` and `target` included, once for each function.
Over the limit it fails in odd ways, such as functions that never answer.
"""

from __future__ import annotations

import os
import pathlib

from paths import ROOT

LIMIT = pathlib.Path("/proc/sys/fs/inotify/max_user_watches")
# What is added while it runs, such as directories that a build makes.
MARGIN = 1.2


def needed(root: pathlib.Path = ROOT) -> int:
    functions = len(list(root.glob("functions/*/Cargo.toml")))
    return int(functions * sum(1 for _ in os.walk(root)) * MARGIN)


def available() -> int | None:
    """The number of watches that this user may add. None if the system has no such limit."""
    if not LIMIT.exists():
        return None
    used = 0
    for information in pathlib.Path("/proc").glob("[0-9]*/fdinfo/*"):
        try:
            used += information.read_text().count("inotify wd:")
        except OSError:
            # The process ended, or is another user's.
            continue
    return int(LIMIT.read_text()) - used


def raised(needed: int) -> int:
    """The limit with which so many more can be added."""
    return int(LIMIT.read_text()) + needed
