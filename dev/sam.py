"""`sam.py invoke [EVENT]` and `sam.py api`: the functions in Docker as SAM runs them, on a DynamoDB Local of their own.

`invoke` sends every event of events/, or those whose name has EVENT in it, and compares the answers. `api` serves the API, goes through the
README's commands, and then serves on until Ctrl-C; PORT= is where it listens (3000), CHECK=1 ends it after the commands.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import re
import subprocess
import sys

import docker_engine
import dynamodb_local
import dev
import install
import prerequisites
import processes
from console import Failure, main, say, step
from paths import ROOT, environment

# Apart from what `make build` leaves for a deployment.
PLACE = ROOT / ".aws-sam/local"
BUILT = PLACE / "build"
CONFIGURATION = PLACE / "samconfig.toml"
# As functions in containers know this machine.
HOST = "host.docker.internal"
# The second sees nothing of what belongs to the first.
SECRETS = (dev.SECRET, "other-secret")
# Linked in minutes, where the deployed release takes a multiple. It is not these programs that are measured.
RELEASE = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}
# Without keys, SAM gives functions some of its own. With keys it asks AWS for their account at each invocation, for seconds.
WITHOUT_KEYS = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
READY_SECONDS = 120
# API Gateway hands over bodies of these types in base64. SAM hands over all as text, and fails at bytes that are none, unless an API
# says so in its definition, which the one to be deployed does not have.
BINARY_TYPES = ("application/octet-stream", "application/x-www-form-urlencoded")
API = re.compile(r"^( +)Type: AWS::Serverless::HttpApi\n\1Properties:\n( +)", re.MULTILINE)
COMMANDS = ("local_invoke", "local_start_api", "local_start_lambda")


def script() -> None:
    commands = {"invoke": (invoke, "sam_invoke"), "api": (api, "sam_api")}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        raise Failure(f"what is to be done? {' or '.join(commands)}")
    serve, tests = commands[sys.argv[1]]
    prerequisites.check(prerequisites.DOCKER)
    PLACE.mkdir(parents=True, exist_ok=True)
    was_stopped = dev.until_stopped(place(), lambda children: serve(tests, children))
    if was_stopped and (serve is invoke or os.environ.get("CHECK")):
        raise Failure("it was stopped before all was compared")


@contextlib.contextmanager
def place():
    with reserved(), docker_engine.daemon(PLACE / "dockerd.log"):
        try:
            yield
        finally:
            docker_engine.remove_containers_of(BUILT)


@contextlib.contextmanager
def reserved():
    """Keeps a second one from building over what the first one runs, and from ending its containers."""
    with open(PLACE / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("another `make sam-invoke` or `make sam-api` runs here: end that first") from None
        yield


def invoke(tests: str, children: list) -> None:
    prepare(tests, children)
    # Who may do what, in what would be deployed.
    run_tests("policies", [], children, {**own_environment(), "BUILT_TEMPLATE": str(BUILT / "template.yaml")})
    run_tests(tests, sys.argv[2:], children, {**own_environment(), "SAM_CONFIGURATION": str(CONFIGURATION)})


def api(tests: str, children: list) -> None:
    port = dev.port_setting(3000)
    dev.check_port(port, "make sam-api")
    variables, database_port = prepare(tests, children)
    with step("starting SAM's API, and its functions for what is not behind the API"):
        functions_port = dynamodb_local.free_port()
        # Both take parallel requests, but a function one after the other.
        for command, its_port in (("start-api", port), ("start-lambda", functions_port)):
            options = ["--config-file", CONFIGURATION, "--port", str(its_port), "--warm-containers", "LAZY"]
            # Not among the answers to the README's commands.
            log = PLACE / f"{command}.log"
            with open(log, "w") as output:
                sam = ["sam", "local", command, *options]
                children.append(processes.start(sam, cwd=ROOT, env=own_environment(), stdout=output, stderr=output))
            dev.wait_for_port(its_port, children[-1], READY_SECONDS, f"in {log.relative_to(ROOT)}")
        functions = f"http://127.0.0.1:{functions_port}/2015-03-31/functions"
        event_sources = [sys.executable, ROOT / "dev/event_sources.py", "--table", variables["BATCHES_TABLE"]]
        event_sources += ["--function", f"{functions}/BatchWorker/invocations", "--sweep", f"{functions}/Sweep/invocations"]
        children.append(processes.start(event_sources, env=variables))
    try:
        run_tests(tests, [], children, {**own_environment(), "API": f"http://127.0.0.1:{port}"})
    except Failure:
        say((PLACE / "start-api.log").read_text(errors="replace"))
        raise
    if os.environ.get("CHECK"):
        return
    dev.announce(port, database_port)
    say(f"  tail -f {PLACE.relative_to(ROOT)}/start-api.log")
    say(f"  sam local invoke Upsert --config-file {CONFIGURATION.relative_to(ROOT)} --event events/upsert/by_uid.json")
    dev.wait(children)


def prepare(tests: str, children: list) -> tuple:
    """Builds what is missing, and starts a database with all that functions need. Returns variables for it, and its port."""
    install.install("dynamodb-local", "cargo-lambda", "sam", basics=prerequisites.BASICS)
    ours = own_environment()
    with step("building the tests and the admin command", shows_progress=True):
        dev.call(["cargo", "build", "--bins"], children, "the build failed; cargo's text is above", env=ours)
        command = ["cargo", "test", "--workspace", "--test", tests, "--no-run"]
        dev.call(command, children, "the build failed; cargo's text is above", env=ours)
    with step("building the functions for Docker (many minutes the first time)"):
        build = ["sam", "build", "--build-dir", BUILT, "--parameter-overrides", f"Architecture={docker_engine.architecture()}"]
        log = PLACE / "build.log"
        with open(log, "w") as output:
            variables = {**ours, **RELEASE, "AWS_DEFAULT_REGION": dynamodb_local.REGION}
            failed = f"`sam build` failed; {log.relative_to(ROOT)} says why"
            dev.call(build, children, failed, env=variables, stdout=output, stderr=output)
    name_binary_types(BUILT / "template.yaml")
    with step("looking for the image that functions run in"):
        docker_engine.provide_image(BUILT)
    with step("starting DynamoDB Local"):
        port = dynamodb_local.start(None, children, shared=True)
    variables = {**ours, **dynamodb_local.environment(port)}
    with step("creating the tables and two accounts"):
        tables = dev.fill_database(variables, children, *SECRETS)
    configure(tables, port)
    return {**variables, **tables}, port


def own_environment() -> dict:
    """This process's environment, in which nobody's AWS account has a part, and SAM does not report its use."""
    ours = {name: value for name, value in environment().items() if not name.startswith("AWS_")}
    return {**ours, **WITHOUT_KEYS, "SAM_CLI_TELEMETRY": "0"}


def name_binary_types(template: pathlib.Path) -> None:
    definition = {"openapi": "3.0.1", "paths": {}, "x-amazon-apigateway-binary-media-types": BINARY_TYPES}
    # YAML reads JSON too.
    text, found = API.subn(lambda api: f"{api.group(0)}DefinitionBody: {json.dumps(definition)}\n{api.group(2)}", template.read_text())
    if found != 1:
        raise Failure(f"{template.relative_to(ROOT)} has {found} HTTP APIs, where one is expected")
    template.write_text(text)


def configure(tables: dict, port: int) -> None:
    """Writes what every `sam local` command is to know."""
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
    # JSON's texts, lists and truths are TOML's too.
    lines = [f"{name} = {json.dumps(value)}" for name, value in parameters.items()]
    sections = [[f"[default.{command}.parameters]", *lines, ""] for command in COMMANDS]
    CONFIGURATION.write_text("\n".join(["version = 0.1", *sum(sections, [])]))


def run_tests(tests: str, arguments: list, children: list, variables: dict) -> None:
    command = ["cargo", "test", "--quiet", "--workspace", "--test", tests, "--", *arguments]
    dev.call(command, children, "not all is as expected; the failures are above", env=variables)


if __name__ == "__main__":
    main(script)
