"""`build.py [PROCESSOR]`: builds the functions for `sam deploy` into .aws-sam/build/. The processor is arm64 or x86_64.

The template that it writes there accepts this processor only. So CloudFormation refuses to deploy the functions for another one, before
it changes anything: with any `--parameter-overrides`, with any samconfig.toml, and for a stack that had another one.

It runs by the Python of .tools/venv, which has SAM.
"""

from __future__ import annotations

import pathlib
import struct
import subprocess
import sys

from console import Failure, main
from paths import ROOT, environment

BUILT = ROOT / ".aws-sam/build"
PARAMETER = "Architecture"
# What the header of a Linux binary calls each processor.
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
MACHINE_OFFSET = 18


def script() -> None:
    processor = sys.argv[1] if len(sys.argv) == 2 else "arm64"
    if len(sys.argv) > 2 or processor not in MACHINES:
        raise Failure(f"ARCHITECTURE is {' or '.join(MACHINES)}, not `{' '.join(sys.argv[1:])}`")
    # Without telemetry. The SAM CLI needs a region even to read a file.
    variables = {"AWS_DEFAULT_REGION": "us-east-1", **environment(), "SAM_CLI_TELEMETRY": "0"}
    status = subprocess.run(command(processor), cwd=ROOT, env=variables).returncode
    if status != 0:
        raise Failure(f"`sam build` failed with status {status}; see its output above")
    pin(BUILT, processor)


def command(processor: str) -> list:
    # A directory that samconfig.toml may set is not used: it would have no fixed processor.
    return ["sam", "build", "--build-dir", str(BUILT), "--parameter-overrides", f"{PARAMETER}={processor}"]


def pin(built: pathlib.Path, processor: str) -> None:
    """Makes the built template accept the functions' processor only. If they have another one, the template is removed."""
    from samcli.yamlhelper import yaml_dump, yaml_parse

    path = built / "template.yaml"
    template = yaml_parse(path.read_text())
    # Nothing can be deployed until this is complete.
    path.unlink()
    functions = [id for id, resource in template["Resources"].items() if resource["Type"] == "AWS::Serverless::Function"]
    for function in functions:
        if machine(built / function / "bootstrap") != MACHINES[processor]:
            raise Failure(f"{function} was not built for {processor}; run `make build ARCHITECTURE={processor}` again")
    template["Parameters"][PARAMETER].update(Default=processor, AllowedValues=[processor])
    path.write_text(yaml_dump(template))


def machine(binary: pathlib.Path) -> int | None:
    try:
        header = binary.read_bytes()[: MACHINE_OFFSET + 2]
    except OSError:
        return None
    if len(header) < MACHINE_OFFSET + 2 or not header.startswith(b"\x7fELF"):
        return None
    return struct.unpack_from("<H", header, MACHINE_OFFSET)[0]


if __name__ == "__main__":
    main(script)
