"""What the admin command does in restored tables.

It forgets, clears and deletes again whom and what was forgotten, cleared or deleted since, then it checks that nothing is left. It makes
profiles and the claims to their addresses agree.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess

from console import Failure, say
from paths import ROOT
from restoring.aws import Aws

LEFT = ("profiles forgotten", "profiles cleared", "companies deleted", "members taken off", "records removed", "tombstones written", "failed")
COUNTS = re.compile(rf"^({'|'.join(LEFT)}) +(\d+)$", re.MULTILINE)


def replay(aws: Aws, profiles: str, names: dict, deletions: str, since: str) -> None:
    tables = {variable(logical): name for logical, name in {**names, "DeletionsTable": deletions}.items()}
    call = [*shlex.split(profiles), "deletions", "replay", "--since", since]
    shown = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in tables.items()), shlex.join(call)])
    say(f"{'  (not made)' if aws.dry_run else '>'} {shown}")
    if aws.dry_run:
        return
    counts(run(call, tables))
    say(f"  {shown} --dry-run")
    left = {name: count for name, count in counts(run([*call, "--dry-run"], tables)) if count != "0"}
    if left:
        raise Failure(f"after the replay something is left ({left}): run this again")


def mend(aws: Aws, profiles: str, names: dict) -> None:
    """Mends addresses in the restored tables. It needs no check: it ends with an error as long as something is left."""
    tables = {variable(logical): names[logical] for logical in ("ProfilesTable", "IdentitiesTable")}
    call = [*shlex.split(profiles), "addresses", "mend"]
    shown = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in tables.items()), shlex.join(call)])
    say(f"{'  (not made)' if aws.dry_run else '>'} {shown}")
    if not aws.dry_run:
        run(call, tables)


def variable(logical: str) -> str:
    """Returns the variable that names a table: PROFILES_TABLE for ProfilesTable."""
    return f"{logical.removesuffix('Table').upper()}_TABLE"


def run(call: list, tables: dict) -> str:
    """Runs the command, shows its output, and returns it."""
    result = subprocess.run(call, cwd=ROOT, env={**os.environ, **tables}, stdout=subprocess.PIPE, text=True)
    say("\n".join(f"    {line}" for line in result.stdout.splitlines()))
    if result.returncode != 0:
        raise Failure(f"the command failed with status {result.returncode}; see above. It continues when you run this again")
    return result.stdout


def counts(output: str) -> list:
    found = COUNTS.findall(output)
    if len(found) != len(LEFT):
        raise Failure("the replay did not print its counts")
    return found
