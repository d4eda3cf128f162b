"""Docker for `sam local`: its daemon, and the image that SAM runs the functions in. Run as a script, it installs Docker, for CI.

The image is Lambda's public one if a registry sends it. Otherwise it is a small one made here, of the libraries that the functions load,
the CA certificates, and the runtime emulator that comes with SAM.

Not named docker.py: the SAM CLI imports a package of that name.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tarfile
import threading
import time

import debian
import prerequisites
import processes
from console import Failure, main, run_quietly, say, step
from paths import VENV

REPOSITORY = "public.ecr.aws/lambda/provided"
# On images made by this script: a hash of what they were made from.
LABEL = "profiles.made-from"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
EMULATOR = "var/rapid/aws-lambda-rie"
# The time for a registry to answer at all, and to send some 100 MB.
REGISTRY_SECONDS = 20
PULL_SECONDS = 900
DAEMON_SECONDS = 60
# The daemon stops its containers before it ends.
STOP_SECONDS = 20
# An ordinary user's PATH often lacks these.
SYSTEM_DIRECTORIES = "/usr/local/sbin:/usr/sbin:/sbin"


def architecture() -> str:
    """Returns this machine's architecture by Lambda's name."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def install() -> None:
    """Installs Docker if this script may: as root on Debian or Ubuntu."""
    # The command alone does not help. A daemon must be installed here, or run elsewhere.
    if shutil.which("docker") and (daemon_program() or refusal() is None):
        return
    if not debian.can_install():
        prerequisites.check(prerequisites.DOCKER)
        raise Failure(advice(refusal()))
    with step("installing Docker"):
        debian.install("docker.io")
        # Newer releases have the command in a package of its own.
        if not shutil.which("docker"):
            debian.install("docker-cli")


def daemon_program() -> str | None:
    return shutil.which("dockerd", path=os.pathsep.join([os.environ.get("PATH", ""), SYSTEM_DIRECTORIES]))


@contextlib.contextmanager
def daemon(log: pathlib.Path):
    """Provides Docker's daemon: the running one, or one that is started here and stopped at the end."""
    reason = refusal()
    if reason is None:
        yield
        return
    program = daemon_program()
    if program is None or os.geteuid() != 0 or os.environ.get("DOCKER_HOST"):
        raise Failure(advice(reason))
    with step("starting Docker's daemon"), open(log, "w") as output:
        process = processes.start([program], stdout=output, stderr=output)
    try:
        wait_for_daemon(process, log)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        processes.stop([process])


def advice(reason: str | None) -> str:
    """Tells what to do when the command `docker` is there and reaches no daemon, for this reason."""
    host = os.environ.get("DOCKER_HOST")
    if "permission denied" in (reason or "").lower():
        problem = "Docker's daemon refuses this user"
        remedy = "join its group: sudo usermod -aG docker $USER, then log in again"
    elif host:
        problem = f"Docker's daemon at DOCKER_HOST={host} does not answer"
        remedy = "start it there, or unset DOCKER_HOST"
    elif platform.system() == "Darwin":
        # Here the daemon is part of an app. `brew install docker` without --cask installs the command only.
        problem = "no Docker daemon is running"
        if pathlib.Path("/Applications/Docker.app").exists():
            remedy = "start the app: open -a Docker"
        else:
            remedy = f"install the app, which has the daemon: {prerequisites.MACOS[prerequisites.DOCKER]}"
    elif daemon_program() is None:
        problem = "only Docker's command is installed, not its daemon"
        remedy = f"install the daemon: {prerequisites.DEBIAN[prerequisites.DOCKER]}"
    else:
        problem = "Docker's daemon is installed, but not running"
        remedy = "start it: sudo systemctl start docker, or without systemd: sudo service docker start"
    return "\n       ".join([problem, f"docker says: {reason}", remedy] if reason else [problem, remedy])


def wait_for_daemon(process: subprocess.Popen, log: pathlib.Path) -> None:
    deadline = time.monotonic() + DAEMON_SECONDS
    while refusal() is not None:
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise Failure(f"{tail}\nDocker's daemon did not start; see its output above")
        time.sleep(0.1)


def refusal() -> str | None:
    """Returns why the daemon does not answer, or None if it does."""
    version = docker("version", "--format", "{{.Server.Version}}")
    if version.returncode == 0:
        return None
    return (version.stderr.strip().splitlines() or ["no reason is given"])[-1]


def provide_image(built: pathlib.Path) -> None:
    """Makes sure that SAM finds an image for the functions that were built into this directory."""
    tag = f"{REPOSITORY}:al2023-{architecture()}"
    # SAM makes this image of that one, unless it exists already.
    derived = f"{REPOSITORY}:al2023-rapid-{architecture()}"
    made_here = label_of(derived)
    if made_here == "":
        return
    if label_of(tag) is not None or pulled(tag):
        if made_here:
            run_quietly(["docker", "image", "rm", "--force", derived])
        return
    if platform.system() != "Linux":
        raise Failure(f"the image {tag} could not be fetched, and only Linux can make another: see `docker pull {tag}`")
    content = small_image(built)
    digest = hashlib.sha256(content).hexdigest()
    if made_here != digest:
        say("   no image registry answers: making a small image of this machine's libc and SAM's runtime emulator")
        command = ["docker", "import", "--change", f"LABEL {LABEL}={digest}", "-", derived]
        result = subprocess.run(command, input=content, capture_output=True)
        if result.returncode != 0:
            raise Failure(f"the image could not be made: {result.stderr.decode(errors='replace').strip()}")
        if made_here:
            run_quietly(["docker", "image", "prune", "--force", "--filter", f"label={LABEL}"])


def label_of(image: str) -> str | None:
    """Returns the image's label: empty if this script did not make the image, and None if there is no such image."""
    found = docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image)
    return found.stdout.strip() if found.returncode == 0 else None


def pulled(tag: str) -> bool:
    """Tells whether a registry sent the image. A registry that does not answer soon counts as absent."""
    process = processes.start(["docker", "pull", tag], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for seconds, read in ((REGISTRY_SECONDS, process.stdout.readline), (PULL_SECONDS, process.communicate)):
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            read()
            timer.cancel()
        return process.wait() == 0
    finally:
        processes.stop([process])


def small_image(built: pathlib.Path) -> bytes:
    """Makes a file system that the functions can run in, as a tar archive. The same files give the same bytes."""
    bootstraps = sorted(built.glob("*/bootstrap"))
    loaded = subprocess.run(["ldd", *bootstraps], capture_output=True, text=True).stdout
    files = {path.lstrip("/"): path for path in [*re.findall(r"(/\S+) \(0x", loaded), CERTIFICATES]}
    name = f"aws-lambda-rie-{architecture()}"
    files[EMULATOR] = next(VENV.glob(f"lib/python*/site-packages/samcli/local/rapid/{name}"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as tree:
        for name, path in sorted(files.items()):
            entry = tree.gettarinfo(path, name)
            entry.mtime, entry.mode = 0, 0o755
            with open(path, "rb") as file:
                tree.addfile(entry, file)
        for name, mode in (("tmp", 0o1777), ("var/task", 0o755)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tree.addfile(entry)
    return buffer.getvalue()


def remove_containers_of(built: pathlib.Path) -> None:
    """Removes the containers of the functions that were built here, which a killed SAM leaves."""
    functions = [part for bootstrap in built.glob("*/bootstrap") for part in ("--filter", f"volume={bootstrap.parent}")]
    left = docker("ps", "--all", "--quiet", *functions).stdout.split() if functions else []
    if left:
        docker("rm", "--force", *left)


def docker(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["docker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)


if __name__ == "__main__":
    main(install)
