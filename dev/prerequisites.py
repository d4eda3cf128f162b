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

RUST, C_COMPILER, JAVA, MAVEN, PYTHON, DOCKER = "rust", "cc", "java", "maven", "python", "docker"
LINUX, NPM, CPP_BUILD, CHROMIUM = "linux", "npm", "cpp", "chromium"
# What checks openapi.yaml needs it. All else is content with `PYTHON`.
RECENT_PYTHON = "python 3.11"
# Needed to build and run anything here, besides the tools of `make setup`.
BASICS = (RUST, C_COMPILER, JAVA)

RUSTUP = "see https://rustup.rs, or: curl https://sh.rustup.rs -sSf | sh"
DEBIAN = {
    RUST: RUSTUP,
    C_COMPILER: "sudo apt-get install build-essential",
    JAVA: "sudo apt-get install openjdk-17-jre-headless",
    MAVEN: "sudo apt-get install maven",
    PYTHON: "sudo apt-get install python3 python3-venv",
    RECENT_PYTHON: "sudo apt-get install python3.11-venv, then make … PYTHON=python3.11",
    CHROMIUM: "sudo apt-get install chromium",
    DOCKER: "sudo apt-get install docker.io (from Debian 13 on, also docker-cli), then sudo usermod -aG docker $USER and log in again",
    LINUX: "it can't be installed",
    NPM: "sudo apt-get install nodejs npm",
    CPP_BUILD: "sudo apt-get install build-essential cmake xz-utils",
}
MACOS = {
    RUST: RUSTUP,
    C_COMPILER: "xcode-select --install",
    JAVA: "brew install openjdk@17, and follow what it says about PATH",
    MAVEN: "brew install maven",
    PYTHON: "brew install python",
    RECENT_PYTHON: "brew install python",
    CHROMIUM: "brew install --cask chromium",
    DOCKER: "brew install --cask docker, then start the app Docker",
    LINUX: "it can't be installed",
    NPM: "brew install node",
    CPP_BUILD: "xcode-select --install && brew install cmake xz",
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


def recent_python() -> str | None:
    return f"python3 is {dotted(sys.version_info[:2])}, 3.11 or later is needed" if sys.version_info < (3, 11) else None


def docker() -> str | None:
    return None if shutil.which("docker") else "docker, in which SAM runs the functions, is missing"


def linux() -> str | None:
    return None if platform.system() == "Linux" else "Linux, the only system with Lambda's runtime clients, is missing"


def npm() -> str | None:
    # Older ones do not read the lock file.
    version = version_of(["npm", "--version"], r"^(\d+)\.")
    if version is None:
        return "npm (7 or later, of Node.js) is missing"
    if version < (7,):
        return f"npm is {dotted(version)}, 7 or later is needed"
    return None


def cpp_build() -> str | None:
    lacking = [program for program in ("c++", "make", "cmake", "xz") if not shutil.which(program)]
    return f"{', '.join(lacking)} to compile C++ is missing" if lacking else None


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


CHECKS = {
    **{RUST: rust, C_COMPILER: c_compiler, JAVA: java, MAVEN: maven, PYTHON: python, DOCKER: docker},
    **{LINUX: linux, NPM: npm, CPP_BUILD: cpp_build, RECENT_PYTHON: recent_python, CHROMIUM: chromium},
}
