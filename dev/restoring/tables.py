"""The tables: restoring them to a time, waiting for that, and the settings that a restore does not bring along."""

from __future__ import annotations

import datetime

from botocore.exceptions import ClientError

from console import Failure, say
from restoring.aws import Aws, code

POLL_SECONDS = 30
USABLE = ("CREATING", "UPDATING", "ACTIVE")


def describe(aws: Aws, name: str, quiet: bool = False) -> dict | None:
    try:
        return aws.read("dynamodb", "describe_table", quiet=quiet, TableName=name)["Table"]
    except ClientError as error:
        if code(error) == "ResourceNotFoundException":
            return None
        raise


def check_time(aws: Aws, sources: list, to: datetime.datetime) -> None:
    """Fails unless each table can be restored to the time."""
    for source in sources:
        backups = aws.read("dynamodb", "describe_continuous_backups", TableName=source)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {})
        if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
            raise Failure(f"{source} has no point-in-time recovery")
        earliest, latest = recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"]
        if not earliest <= to <= latest:
            raise Failure(f"{source} can be restored to a time from {earliest.isoformat()} to {latest.isoformat()}")


def restore(aws: Aws, source: str, target: str, to: datetime.datetime, resumed: bool) -> None:
    """Restores a table, unless an earlier run of this restore has begun that."""
    table = describe(aws, target)
    if table is not None:
        check_origin(table, source, to, resumed)
        say(f"  {target} is there already")
        return
    described = describe(aws, source)
    if described is None:
        raise Failure(f"the table {source} is gone")
    parameters = {"SourceTableName": source, "TargetTableName": target, "RestoreDateTime": to.isoformat()}
    encryption = described.get("SSEDescription", {})
    if encryption.get("SSEType") == "KMS":
        # The same key from the beginning, rather than DynamoDB's first.
        override = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": encryption["KMSMasterKeyArn"]}
        parameters["SSESpecificationOverride"] = override
    aws.change("dynamodb", "restore_table_to_point_in_time", **parameters)


def check_origin(table: dict, source: str, to: datetime.datetime, resumed: bool) -> None:
    """Fails if a table that has the wanted name is not this restore's."""
    name, summary = table["TableName"], table.get("RestoreSummary")
    if summary is None and resumed:
        return
    at = summary and summary["RestoreDateTime"]
    # A backup that was restored by hand is later than the time from which on users are forgotten again.
    fits = summary and (at >= to if "SourceBackupArn" in summary else at == to)
    if not fits or summary.get("SourceTableArn", "").rpartition("/")[2] != source:
        raise Failure(f"there is a table {name}, which does not come from this restore: choose other names by LABEL=")


def wait(aws: Aws, names: list) -> None:
    """Waits until the tables and their indexes can be used: minutes to hours after a restore."""
    if aws.dry_run:
        return
    say(f"  for each: aws dynamodb describe-table --table-name …   (every {POLL_SECONDS} seconds)")

    def left() -> str:
        states = {name: state(aws, name) for name in names}
        return ", ".join(f"{name} {status}" for name, status in states.items() if status != "ACTIVE")

    aws.wait(left, POLL_SECONDS, "the tables")


def state(aws: Aws, name: str) -> str:
    table = describe(aws, name, quiet=True)
    if table is None:
        raise Failure(f"the table {name} is gone: run this again")
    status = table["TableStatus"]
    if status not in USABLE:
        raise Failure(f"the table {name} is {status}")
    if status == "ACTIVE":
        indexes = [index["IndexStatus"] for index in table.get("GlobalSecondaryIndexes", [])]
        return next((f"index {index}" for index in indexes if index != "ACTIVE"), status)
    return status


def set_up(aws: Aws, source: str, target: str) -> None:
    """Gives a restored table those settings of its source that it lacks."""
    old = describe(aws, source)
    # In a dry run, there is no restored table yet.
    new = None if aws.dry_run else describe(aws, target)
    set_expiry(aws, source, target)
    set_recovery(aws, source, target)
    set_tags(aws, old["TableArn"], f"{old['TableArn'].rpartition('/')[0]}/{target}")
    stream = old.get("StreamSpecification", {})
    if stream.get("StreamEnabled") and (new is None or new.get("StreamSpecification") != stream):
        aws.change("dynamodb", "update_table", TableName=target, StreamSpecification=stream)
        wait(aws, [target])
    if old.get("DeletionProtectionEnabled") and (new is None or not new.get("DeletionProtectionEnabled")):
        aws.change("dynamodb", "update_table", TableName=target, DeletionProtectionEnabled=True)
        wait(aws, [target])


def set_expiry(aws: Aws, source: str, target: str) -> None:
    wanted = expiry(aws, source)
    if wanted and (aws.dry_run or expiry(aws, target) != wanted):
        specification = {"Enabled": True, "AttributeName": wanted}
        aws.change("dynamodb", "update_time_to_live", TableName=target, TimeToLiveSpecification=specification)


def expiry(aws: Aws, name: str) -> str | None:
    """Returns the attribute by which items expire."""
    described = aws.read("dynamodb", "describe_time_to_live", TableName=name)["TimeToLiveDescription"]
    return described.get("AttributeName") if described.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") else None


def set_recovery(aws: Aws, source: str, target: str) -> None:
    wanted = recovery(aws, source)
    if wanted is None or (not aws.dry_run and recovery(aws, target) == wanted):
        return

    def attempt() -> str:
        try:
            aws.change("dynamodb", "update_continuous_backups", TableName=target, PointInTimeRecoverySpecification=wanted)
        except ClientError as error:
            # Just after a restore, DynamoDB may not be ready for it.
            if code(error) != "ContinuousBackupsUnavailableException":
                raise
            return f"{target} takes no point-in-time recovery yet"
        return ""

    aws.wait(attempt, POLL_SECONDS, "the backups")


def recovery(aws: Aws, name: str) -> dict | None:
    """Returns the specification of a table's point-in-time recovery, or None without it."""
    described = aws.read("dynamodb", "describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
    described = described.get("PointInTimeRecoveryDescription", {})
    if described.get("PointInTimeRecoveryStatus") != "ENABLED":
        return None
    days = described.get("RecoveryPeriodInDays")
    return {"PointInTimeRecoveryEnabled": True, **({"RecoveryPeriodInDays": days} if days else {})}


def set_tags(aws: Aws, source: str, target: str) -> None:
    wanted = tags(aws, source)
    there = [] if aws.dry_run or not wanted else tags(aws, target)
    missing = [tag for tag in wanted if tag not in there]
    if missing:
        aws.change("dynamodb", "tag_resource", ResourceArn=target, Tags=missing)


def tags(aws: Aws, arn: str) -> list:
    """Returns a table's tags without CloudFormation's, which nobody else can set."""
    found = aws.read_all("dynamodb", "list_tags_of_resource", "Tags", ResourceArn=arn)
    return [tag for tag in found if not tag["Key"].startswith("aws:")]


def compare(aws: Aws, source: str, target: str) -> None:
    """Fails if a table differs from its source in a setting that the stack's template has or may have."""
    if aws.dry_run:
        return
    old, new = (settings(describe(aws, name)) for name in (source, target))
    different = [name for name in old if old[name] != new[name]]
    if different:
        raise Failure(f"{target} differs from {source} in: {', '.join(different)}. Set that by hand, and run this again")


def settings(table: dict) -> dict:
    return {
        "AttributeDefinitions": sorted(table["AttributeDefinitions"], key=lambda attribute: attribute["AttributeName"]),
        "KeySchema": table["KeySchema"],
        "GlobalSecondaryIndexes": index_settings(table.get("GlobalSecondaryIndexes", [])),
        "LocalSecondaryIndexes": index_settings(table.get("LocalSecondaryIndexes", [])),
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode"),
        "SSESpecification": {name: table.get("SSEDescription", {}).get(name) for name in ("SSEType", "KMSMasterKeyArn")},
        "TableClass": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "StreamSpecification": table.get("StreamSpecification"),
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
    }


def index_settings(indexes: list) -> dict:
    return {index["IndexName"]: (index["KeySchema"], index["Projection"]) for index in indexes}
