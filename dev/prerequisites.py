"""Checks the programs that the machine must have, and tells how to install those that are missing."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
import sys

from console import Failure
from paths import ROOT

RUST, C_COMPILER, JAVA, MAVEN, PYTHON, DOCKER, NPM, CHROMIUM = "rust", "cc", "java", "maven", "python", "docker", "npm", "chromium"
# Needed to build and run anything here, besides the tools of `make setup`.
BASICS = (RUST, C_COMPILER, JAVA)

RUSTUP = "see https://rustup.rs, or: curl https://sh.rustup.rs -sSf | sh"
DEBIAN = {
    RUST: RUSTUP,
    C_COMPILER: "sudo apt-get install build-essential",
    JAVA: "sudo apt-get install openjdk-17-jre-headless",
    MAVEN: "sudo apt-get install maven",
    PYTHON: "sudo apt-get install python3 python3-venv",
    NPM: "sudo apt-get install npm",
    CHROMIUM: "sudo apt-get install chromium",
    DOCKER: "sudo apt-get install docker.io (from Debian 13 on, also docker-cli), then sudo usermod -aG docker $USER and log in again",
}
MACOS = {
    RUST: RUSTUP,
    C_COMPILER: "xcode-select --install",
    JAVA: "brew install openjdk@17, and follow what it says about PATH",
    MAVEN: "brew install maven",
    PYTHON: "brew install python",
    NPM: "brew install node",
    CHROMIUM: "brew install --cask chromium",
    DOCKER: "brew install --cask docker, then start the app Docker",
}


def check(*needed: str) -> None:
    """Fails with a line for each of these that is missing or too old."""
    hints = MACOS if platform.system() == "Darwin" else DEBIAN
    problems = []
    for name in needed:
        problem = CHECKS[name]()
        if problem:
            problems.append(f"{problem}; install it: {hints[name]}")
    if problems:
        raise Failure("\n       ".join(["this machine lacks what the project needs:", *problems]))


def rust() -> str | None:
    manifest = (ROOT / "Cargo.toml").read_text()
    found = re.search(r'^rust-version = "([\d.]+)"', manifest, re.MULTILINE)
    needed = found.group(1) if found else "1.85"
    if not shutil.which("cargo"):
        return f"cargo (Rust {needed} or later) is missing"
    version = version_of(["rustc", "--version"], r"rustc (\d+)\.(\d+)")
    if version is None:
        return f"rustc ({needed} or later) is missing"
    if version < tuple(int(part) for part in needed.split(".")[:2]):
        return f"rustc is {dotted(version)}, {needed} or later is needed (with rustup: rustup update stable)"
    return None


def c_compiler() -> str | None:
    return None if shutil.which("cc") else "a C compiler and linker (cc) is missing"


def java() -> str | None:
    # `version "17.0.2"`; Java 8 says "1.8.0".
    version = version_of(["java", "-version"], r'version "(\d+)')
    if version is None:
        return "java (17 or later) is missing"
    if version < (17,):
        return f"java is {dotted(version)}, 17 or later is needed"
    return None


def maven() -> str | None:
    return None if shutil.which("mvn") else "mvn (Maven) is missing"


def python() -> str | None:
    if sys.version_info < (3, 9):
        return f"python3 is {dotted(sys.version_info[:2])}, 3.9 or later is needed"
    # On Debian, both are in a separate package.
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        return "python3 has no venv module"
    return None


def docker() -> str | None:
    return None if shutil.which("docker") else "docker, in which SAM runs the functions, is missing"


def npm() -> str | None:
    return None if shutil.which("npm") else "npm, which fetches what checks the console, is missing"


def chromium() -> str | None:
    return None if shutil.which("chromium") else "chromium, in which the console is tested, is missing"


def version_of(command: list, pattern: str) -> tuple | None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(pattern, result.stdout + result.stderr)
    if result.returncode != 0 or not found:
        return None
    return tuple(int(part) for part in found.groups())


def dotted(version: tuple) -> str:
    return ".".join(str(part) for part in version)


CHECKS = {RUST: rust, C_COMPILER: c_compiler, JAVA: java, MAVEN: maven, PYTHON: python, DOCKER: docker, NPM: npm, CHROMIUM: chromium}
