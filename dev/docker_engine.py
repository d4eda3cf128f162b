"""Docker, for `sam local`: its daemon, and the image in which SAM runs the functions. `docker_engine.py` alone installs Docker, for CI.

With an image registry that is Lambda's public image. Without one it is a small one made here: what the functions load, the CA
certificates, and the runtime emulator that comes with SAM.
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

import prerequisites
import processes
from console import Failure, main, run_quietly, say, step
from paths import VENV

REPOSITORY = "public.ecr.aws/lambda/provided"
# An image of this script's, with what it was made from.
LABEL = "profiles.made-from"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
EMULATOR = "var/rapid/aws-lambda-rie"
# For a registry to answer at all, and to send some 100 MB.
REGISTRY_SECONDS = 20
PULL_SECONDS = 900
DAEMON_SECONDS = 60
# Docker ends containers before it ends.
STOP_SECONDS = 20


def architecture() -> str:
    """This machine's, as Lambda writes it."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def install() -> None:
    """Installs Docker where that is for this script to do: as root on Debian or Ubuntu."""
    # The command alone is of no use: its daemon must be here, or run elsewhere.
    if shutil.which("docker") and (shutil.which("dockerd") or refusal() is None):
        return
    if not is_root() or not shutil.which("apt-get"):
        prerequisites.check(prerequisites.DOCKER)
    quietly = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    with step("installing Docker"):
        run_quietly(["apt-get", "update"], **quietly)
        run_quietly(["apt-get", "install", "--yes", "docker.io"], **quietly)
        # In newer releases the command is in a package of its own.
        if not shutil.which("docker"):
            run_quietly(["apt-get", "install", "--yes", "docker-cli"], **quietly)


def is_root() -> bool:
    return os.geteuid() == 0


@contextlib.contextmanager
def daemon(log: pathlib.Path):
    """Has Docker's daemon run: the one that does, or one that is started now and ended at last."""
    reason = refusal()
    if reason is None:
        yield
        return
    if not is_root() or not shutil.which("dockerd"):
        raise Failure(
            f"Docker does not answer: {reason}\n"
            "       start it: sudo systemctl start docker, or on macOS the app Docker;\n"
            "       if it runs and refuses you: sudo usermod -aG docker $USER, then log in again"
        )
    with step("starting Docker's daemon"), open(log, "w") as output:
        process = processes.start(["dockerd"], stdout=output, stderr=output)
    try:
        wait_for_daemon(process, log)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        processes.stop([process])


def wait_for_daemon(process: subprocess.Popen, log: pathlib.Path) -> None:
    deadline = time.monotonic() + DAEMON_SECONDS
    while refusal() is not None:
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise Failure(f"{tail}\nDocker's daemon does not run; its own text is above")
        time.sleep(0.1)


def refusal() -> str | None:
    """Why the daemon does not answer, if it does not."""
    answer = docker("version", "--format", "{{.Server.Version}}")
    if answer.returncode == 0:
        return None
    return (answer.stderr.strip().splitlines() or ["it says nothing"])[-1]


def provide_image(built: pathlib.Path) -> None:
    """Has SAM find the image for the functions that were built into this directory."""
    tag = f"{REPOSITORY}:al2023-{architecture()}"
    # What SAM makes of that image, and takes where it is.
    made_of_it = f"{REPOSITORY}:al2023-rapid-{architecture()}"
    made_here = label_of(made_of_it)
    if made_here == "":
        return
    if label_of(tag) is not None or pulled(tag):
        if made_here:
            run_quietly(["docker", "image", "rm", "--force", made_of_it])
        return
    if platform.system() != "Linux":
        raise Failure(f"the image {tag} could not be fetched, and without it only Linux can make one: see `docker pull {tag}`")
    content = small_image(built)
    digest = hashlib.sha256(content).hexdigest()
    if made_here != digest:
        say("   no image registry: making a small image of this machine's libc and SAM's runtime emulator")
        command = ["docker", "import", "--change", f"LABEL {LABEL}={digest}", "-", made_of_it]
        result = subprocess.run(command, input=content, capture_output=True)
        if result.returncode != 0:
            raise Failure(f"the image could not be made: {result.stderr.decode(errors='replace').strip()}")
        if made_here:
            run_quietly(["docker", "image", "prune", "--force", "--filter", f"label={LABEL}"])


def label_of(image: str) -> str | None:
    """What an image says of its making: nothing if it is none of this script's, and None if there is no such image."""
    answer = docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image)
    return answer.stdout.strip() if answer.returncode == 0 else None


def pulled(tag: str) -> bool:
    """Whether a registry sends the image. One that does not answer soon is none."""
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
    """A file system in which the functions can run, the same bytes for the same files."""
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
    """Ends what SAM could not, because it was ended itself: the containers of the functions that were built here."""
    functions = [part for bootstrap in built.glob("*/bootstrap") for part in ("--filter", f"volume={bootstrap.parent}")]
    left = docker("ps", "--all", "--quiet", *functions).stdout.split() if functions else []
    if left:
        docker("rm", "--force", *left)


def docker(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["docker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)


if __name__ == "__main__":
    main(install)
