"""Packages of Debian and Ubuntu, which scripts may install only in CI. Run as a script, it installs what the tests of the console need."""

from __future__ import annotations

import os
import shutil

import prerequisites
from console import main, run_quietly, step


def can_install() -> bool:
    """Tells whether this script may: as root on Debian or Ubuntu."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str) -> None:
    quietly = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    run_quietly(["apt-get", "update"], **quietly)
    run_quietly(["apt-get", "install", "--yes", package], **quietly)


def script() -> None:
    for program, need in (("chromium", prerequisites.CHROMIUM), ("npm", prerequisites.NPM)):
        if shutil.which(program):
            continue
        if not can_install():
            prerequisites.check(need)
        with step(f"installing {program}"):
            install(program)


if __name__ == "__main__":
    main(script)
