"""`sam.py invoke [EVENT]` and `sam.py api`: run the functions in Docker by SAM, on a DynamoDB Local of their own.

`invoke` sends every event of events/, or those whose name contains EVENT, and compares the responses. The first event of a function goes
through `sam local invoke`, the others through `sam local start-lambda`. `api` serves the API, runs the documented commands against it, and
keeps serving until Ctrl-C. PORT= is its port (3000). With CHECK=1, it runs `verify`, too, and ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import re
import sys

import docker_engine
import dynamodb_local
import install
import local_api
import prerequisites
import processes
from console import Failure, main, say, step
from paths import ROOT, environment

# Separate from the output of `make build`, which is for a deployment.
PLACE = ROOT / ".aws-sam/local"
BUILT = PLACE / "build"
CONFIGURATION = PLACE / "samconfig.toml"
# This machine's name in the functions' containers.
HOST = "host.docker.internal"
# Of two accounts. The second is for tests that one account sees no data of another.
SECRETS = (local_api.SECRET, "other-secret")
# Compiles and links in minutes; the settings of a deployment take several times as long. These binaries are not measured.
RELEASE = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
}
# Without keys, SAM gives the functions keys that it makes up. With keys, it asks AWS for their account at each invocation, which takes
# seconds.
WITHOUT_KEYS = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
READY_SECONDS = 120
# The users of `verify`'s batch. SAM forgets them one after the other.
BATCH = "200"
# API Gateway passes on bodies of these types in base64. SAM passes on all bodies as text, and fails at bytes that are not text, unless
# the API's definition names the types. The template has no such definition: API Gateway needs none.
BINARY_TYPES = ("application/octet-stream", "application/x-www-form-urlencoded")
API = re.compile(r"^( +)Type: AWS::Serverless::HttpApi\n\1Properties:\n( +)", re.MULTILINE)
COMMANDS = ("local_invoke", "local_start_api", "local_start_lambda")


def script() -> None:
    commands = {"invoke": (invoke, "sam_invoke"), "api": (api, "sam_api")}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        raise Failure(f"usage: sam.py {' | '.join(commands)}")
    serve, tests = commands[sys.argv[1]]
    prerequisites.check(prerequisites.DOCKER)
    PLACE.mkdir(parents=True, exist_ok=True)
    was_stopped = local_api.until_stopped(docker(), lambda children: serve(tests, children))
    if was_stopped and (serve is invoke or os.environ.get("CHECK")):
        raise Failure("stopped before everything was compared")


@contextlib.contextmanager
def docker():
    """Provides Docker's daemon, and removes the functions' containers at the end."""
    with reserved(), docker_engine.daemon(PLACE / "dockerd.log"):
        try:
            yield
        finally:
            docker_engine.remove_containers_of(BUILT)


@contextlib.contextmanager
def reserved():
    """Keeps a second run from overwriting what the first one runs, and from removing its containers."""
    with open(PLACE / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("another `make sam-invoke` or `make sam-api` is running here: stop that first") from None
        yield


def invoke(tests: str, children: list) -> None:
    prepare(tests, children)
    # The functions' permissions, in the template as it would be deployed.
    run_tests("policies", [], children, {**own_environment(), "BUILT_TEMPLATE": str(BUILT / "template.yaml")})
    with step("starting SAM's Lambda"):
        functions = start_functions(children)
    variables = {**own_environment(), "SAM_CONFIGURATION": str(CONFIGURATION), "SAM_FUNCTIONS": functions}
    try:
        run_tests(tests, sys.argv[2:], children, variables)
    except Failure:
        say(log_of("start-lambda").read_text(errors="replace"))
        raise


def api(tests: str, children: list) -> None:
    port = local_api.port_setting(3000)
    local_api.check_port(port, "make sam-api")
    variables, database_port = prepare(tests, children)
    with step("starting SAM's API, and its functions for the batch worker and the sweep"):
        start_sam("start-api", port, children)
        functions = start_functions(children)
        local_api.start_event_sources(variables, children, functions, "BatchWorker", "Sweep")
    try:
        address = {"API": f"http://127.0.0.1:{port}"}
        run_tests(tests, [], children, {**own_environment(), **address})
        if os.environ.get("CHECK"):
            verify = [local_api.target_directory() / "debug/verify", "--batch", BATCH]
            variables = {**own_environment(), **address, "SECRET": local_api.SECRET}
            local_api.call(verify, children, "not all is as expected; see the lines with FAIL above", env=variables)
    except Failure:
        say(log_of("start-api").read_text(errors="replace"))
        raise
    if os.environ.get("CHECK"):
        return
    local_api.announce(port, database_port, has_pages=False)
    say(f"  tail -f {log_of('start-api').relative_to(ROOT)}")
    say(f"  sam local invoke Upsert --config-file {CONFIGURATION.relative_to(ROOT)} --event events/upsert/by_uid.json")
    local_api.wait(children)


def start_functions(children: list) -> str:
    """Starts SAM's Lambda, and returns the address below which it serves the functions."""
    port = dynamodb_local.free_port()
    start_sam("start-lambda", port, children)
    return f"http://127.0.0.1:{port}/2015-03-31/functions"


def start_sam(command: str, port: int, children: list) -> None:
    """Starts a server of SAM's, which keeps a container for each function, and runs one invocation of a function at a time."""
    # To a file, so that it does not mix with the responses to the commands.
    log = log_of(command)
    with open(log, "w") as output:
        sam = ["sam", "local", command, "--config-file", CONFIGURATION, "--port", str(port), "--warm-containers", "LAZY"]
        children.append(processes.start(sam, cwd=ROOT, env=own_environment(), stdout=output, stderr=output))
    local_api.wait_for_port(port, children[-1], READY_SECONDS, f"in {log.relative_to(ROOT)}")


def log_of(command: str) -> pathlib.Path:
    return PLACE / f"{command}.log"


def prepare(tests: str, children: list) -> tuple:
    """Builds what is missing, and starts a database with tables and accounts.

    Returns the environment variables for a process that uses it, and the database's port.
    """
    install.install("dynamodb-local", "cargo-lambda", "sam", basics=prerequisites.BASICS)
    ours = own_environment()
    with step("building the tests and the admin command", shows_progress=True):
        local_api.call(["cargo", "build", "--bins"], children, "the build failed; see cargo's output above", env=ours)
        command = ["cargo", "test", "--workspace", "--test", tests, "--no-run"]
        local_api.call(command, children, "the build failed; see cargo's output above", env=ours)
    with step("building the functions for Docker (many minutes the first time)"):
        build = ["sam", "build", "--build-dir", BUILT, "--parameter-overrides", f"Architecture={docker_engine.architecture()}"]
        log = PLACE / "build.log"
        with open(log, "w") as output:
            variables = {**ours, **RELEASE, "AWS_DEFAULT_REGION": dynamodb_local.REGION}
            failed = f"`sam build` failed; see {log.relative_to(ROOT)}"
            local_api.call(build, children, failed, env=variables, stdout=output, stderr=output)
    name_binary_types(BUILT / "template.yaml")
    with step("providing the image that the functions run in"):
        docker_engine.provide_image(BUILT)
    with step("starting DynamoDB Local"):
        port = dynamodb_local.start(None, children, shared=True)
    variables = {**ours, **dynamodb_local.environment(port)}
    with step("creating the tables and two accounts"):
        tables = local_api.fill_database(variables, children, *SECRETS)
    configure(tables, port)
    return {**variables, **tables}, port


def own_environment() -> dict:
    """This process's environment without any AWS account, and with SAM's telemetry off."""
    ours = {name: value for name, value in environment().items() if not name.startswith("AWS_")}
    return {**ours, **WITHOUT_KEYS, "SAM_CLI_TELEMETRY": "0"}


def name_binary_types(template: pathlib.Path) -> None:
    definition = {"openapi": "3.0.1", "paths": {}, "x-amazon-apigateway-binary-media-types": BINARY_TYPES}
    # JSON is valid YAML.
    text, found = API.subn(lambda api: f"{api.group(0)}DefinitionBody: {json.dumps(definition)}\n{api.group(2)}", template.read_text())
    if found != 1:
        raise Failure(f"{template.relative_to(ROOT)} has {found} HTTP APIs, and must have one")
    template.write_text(text)


def configure(tables: dict, port: int) -> None:
    """Writes the options of all `sam local` commands to a file."""
    values = PLACE / "variables.json"
    values.write_text(json.dumps({"Parameters": {**tables, "AWS_ENDPOINT_URL_DYNAMODB": f"http://{HOST}:{port}"}}, indent=2))
    parameters = {
        "template_file": str(BUILT / "template.yaml"),
        "parameter_overrides": f"Architecture={docker_engine.architecture()}",
        "env_vars": str(values),
        "add_host": [f"{HOST}:host-gateway"],
        "skip_pull_image": True,
        "region": dynamodb_local.REGION,
    }
    # JSON's strings, lists and booleans are valid TOML.
    lines = [f"{name} = {json.dumps(value)}" for name, value in parameters.items()]
    sections = [[f"[default.{command}.parameters]", *lines, ""] for command in COMMANDS]
    CONFIGURATION.write_text("\n".join(["version = 0.1", *sum(sections, [])]))


def run_tests(tests: str, arguments: list, children: list, variables: dict) -> None:
    command = ["cargo", "test", "--quiet", "--workspace", "--test", tests, "--", *arguments]
    local_api.call(command, children, "some results are not as expected; see the failures above", env=variables)


if __name__ == "__main__":
    main(script)
