"""Installs the project's tools into .tools/: `python3 dev/install.py [TOOL…]`. Without arguments, those of `make setup`.

A tool is installed once, and again when its version or its list of requirements has changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pathlib
import platform
import shutil
import sys
import tempfile

import prerequisites
from console import Failure, main, run_quietly, say, step
from paths import CONSOLE_TOOLS, DYNAMODB_LOCAL, PEERS, PEERS_NODE, PEERS_PYTHON, ROOT, TOOLS, VENV

MAVEN_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
DENY_VERSION = "0.20.2"
POM = ROOT / "dev/dynamodb-local/pom.xml"
# What npm installs to check the console, with its lock file.
NPM_PACKAGES = ROOT / "dev/requirements/console"


def requirements(tool: str):
    return ROOT / "dev/requirements" / f"{tool}.txt"


def install_dynamodb_local() -> None:
    with tempfile.TemporaryDirectory(dir=TOOLS) as directory:
        jars = os.path.join(directory, "jars")
        run_quietly(["mvn", "-q", "-B", "-f", POM, MAVEN_PLUGIN, f"-DoutputDirectory={jars}"])
        # Renamed only when complete.
        shutil.rmtree(DYNAMODB_LOCAL, ignore_errors=True)
        os.rename(jars, DYNAMODB_LOCAL)


def install_python(tool: str, venv=VENV) -> None:
    python = venv / "bin/python"
    if not python.exists() or not (venv / "bin/pip").exists():
        run_quietly([sys.executable, "-m", "venv", "--clear", venv])
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--requirement", requirements(tool)]
    run_quietly(pip)


def install_peers_node() -> None:
    with tempfile.TemporaryDirectory(dir=TOOLS) as directory:
        packages = os.path.join(directory, "packages")
        shutil.copytree(PEERS / "node", packages, ignore=shutil.ignore_patterns("*.js"))
        quiet = ["--no-audit", "--no-fund", "--no-update-notifier"]
        # Its scripts alone: they compile the runtime client's native part.
        run_quietly(["npm", "ci", "--ignore-scripts", *quiet], cwd=packages)
        node = next(pathlib.Path(packages, "node_modules").glob("node-linux-*"), None)
        if node is None:
            raise Failure(f"there is no Node.js for {platform.machine()} in bench/peers/node/package.json")
        # With the headers of the Node.js that runs it, which are not fetched then.
        run_quietly(["npm", "rebuild", "aws-lambda-ric", *quiet], cwd=packages, env={**os.environ, "npm_config_nodedir": str(node)})
        node.rename(node.with_name("node"))
        # Renamed only when complete.
        shutil.rmtree(PEERS_NODE, ignore_errors=True)
        os.rename(packages, PEERS_NODE)


def install_console() -> None:
    install_python("console")
    with tempfile.TemporaryDirectory(dir=TOOLS) as directory:
        packages = os.path.join(directory, "packages")
        shutil.copytree(NPM_PACKAGES, packages)
        run_quietly(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], cwd=packages)
        # Renamed only when complete.
        shutil.rmtree(CONSOLE_TOOLS, ignore_errors=True)
        os.rename(packages, CONSOLE_TOOLS)


def install_cargo_deny() -> None:
    # Without optimization it compiles in a minute instead of five, and it runs for seconds only.
    run_quietly(
        [
            *["cargo", "install", "cargo-deny", "--locked", "--version", DENY_VERSION, "--root", TOOLS],
            *["--no-default-features", "--config", "profile.release.lto=false", "--config", "profile.release.opt-level=0"],
            *["--target-dir", TOOLS / "cargo-deny-target"],
        ],
        cwd=TOOLS,
    )
    shutil.rmtree(TOOLS / "cargo-deny-target", ignore_errors=True)


# For each tool: what determines its version, the prerequisites to install it, the installing function, the file that results, and the
# text to print.
TOOL = {
    "dynamodb-local": (
        lambda: POM.read_bytes(),
        (prerequisites.JAVA, prerequisites.MAVEN),
        install_dynamodb_local,
        DYNAMODB_LOCAL,
        "fetching DynamoDB Local (49 MB)",
    ),
    "cargo-lambda": (
        lambda: requirements("cargo-lambda").read_bytes(),
        (prerequisites.PYTHON,),
        lambda: install_python("cargo-lambda"),
        VENV / "bin/cargo-lambda",
        "installing cargo-lambda, with Zig (110 MB)",
    ),
    "sam": (
        lambda: requirements("sam").read_bytes(),
        (prerequisites.PYTHON,),
        lambda: install_python("sam"),
        VENV / "bin/sam",
        "installing the SAM CLI (70 MB)",
    ),
    "moto": (
        lambda: requirements("moto").read_bytes(),
        (prerequisites.PYTHON,),
        lambda: install_python("moto"),
        VENV / "bin/moto_server",
        "installing moto, which plays AWS in tests (10 MB)",
    ),
    "peers-python": (
        lambda: requirements("peers").read_bytes(),
        (prerequisites.LINUX, prerequisites.PYTHON),
        lambda: install_python("peers", PEERS_PYTHON),
        PEERS_PYTHON / "bin/python",
        "installing the benchmark's peer in Python (15 MB)",
    ),
    "peers-node": (
        lambda: (PEERS / "node/package-lock.json").read_bytes(),
        (prerequisites.LINUX, prerequisites.NPM, prerequisites.CPP_BUILD),
        install_peers_node,
        PEERS_NODE / "node_modules/aws-lambda-ric/rapid-client.node",
        "installing the benchmark's peer in Node.js (60 MB, and a minute of compiling)",
    ),
    "openapi": (
        lambda: requirements("openapi").read_bytes(),
        (prerequisites.PYTHON, prerequisites.RECENT_PYTHON),
        lambda: install_python("openapi"),
        VENV / "bin/schemathesis",
        "installing schemathesis, which sends random requests (20 MB)",
    ),
    "console": (
        lambda: requirements("console").read_bytes() + (NPM_PACKAGES / "package-lock.json").read_bytes(),
        (prerequisites.PYTHON, prerequisites.NPM, prerequisites.CHROMIUM),
        install_console,
        CONSOLE_TOOLS / "node_modules/.bin/tsc",
        "installing Playwright, axe and the type checker for the console (80 MB)",
    ),
    "cargo-deny": (
        lambda: DENY_VERSION.encode(),
        (prerequisites.RUST, prerequisites.C_COMPILER),
        install_cargo_deny,
        TOOLS / "bin/cargo-deny",
        "compiling cargo-deny (a minute or two)",
    ),
}
DEFAULT = ("dynamodb-local", "cargo-lambda", "sam", "moto")


def install(*tools: str, basics: tuple = ()) -> None:
    """Installs those of these tools that are missing or outdated, after checking the basics and the tools' prerequisites."""
    todo = missing(tools)
    # Checked together, so that everything that is missing is reported at once.
    prerequisites.check(*dict.fromkeys([*basics, *(name for tool in todo for name in TOOL[tool][1])]))
    if not todo:
        return
    TOOLS.mkdir(exist_ok=True)
    with locked():
        # Another process may have installed it in the meantime.
        for tool in missing(todo):
            source, _, build, _, description = TOOL[tool]
            with step(description):
                build()
            stamp(tool).parent.mkdir(exist_ok=True)
            stamp(tool).write_text(digest(source()))


def missing(tools) -> list:
    return [tool for tool in tools if not is_installed(tool)]


def is_installed(tool: str) -> bool:
    source, _, _, result, _ = TOOL[tool]
    try:
        return result.exists() and stamp(tool).read_text() == digest(source())
    except FileNotFoundError:
        return False


def stamp(tool: str):
    return TOOLS / "stamps" / tool


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def locked():
    """Makes sure that only one process installs tools at a time."""
    with open(TOOLS / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("-> waiting for another installation to finish")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def script() -> None:
    tools = sys.argv[1:] or list(DEFAULT)
    unknown = [tool for tool in tools if tool not in TOOL]
    if unknown:
        raise Failure(f"unknown tool: {', '.join(unknown)}; the tools are {', '.join(TOOL)}")
    install(*tools, basics=prerequisites.BASICS)


if __name__ == "__main__":
    main(script)
