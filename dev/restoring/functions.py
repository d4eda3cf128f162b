"""The functions: stopping them by a reserved concurrency of 0, and giving each back exactly what it had."""

from __future__ import annotations

from console import Failure
from restoring.aws import Aws


def concurrency(aws: Aws, name: str) -> int | None:
    """Returns the reserved concurrency, or None without one."""
    return aws.read("lambda", "get_function_concurrency", FunctionName=name).get("ReservedConcurrentExecutions")


def look(aws: Aws, names: list) -> dict:
    """Returns the reserved concurrency of each function, to be remembered before they are stopped."""
    found = {name: concurrency(aws, name) for name in names}
    if found and all(reserved == 0 for reserved in found.values()):
        raise Failure(
            "all functions are stopped already, and there is no record of what they had before. If an earlier restore stopped them,"
            " give its LABEL=. Otherwise run `aws lambda delete-function-concurrency` for each, then this again"
        )
    return found


def stop(aws: Aws, names: list) -> None:
    for name in names:
        if concurrency(aws, name) != 0:
            aws.change("lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=0)


def start(aws: Aws, former: dict) -> None:
    for name, reserved in former.items():
        if not aws.dry_run and concurrency(aws, name) == reserved:
            continue
        if reserved is None:
            aws.change("lambda", "delete_function_concurrency", FunctionName=name)
        else:
            aws.change("lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=reserved)
