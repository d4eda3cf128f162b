"""`event_sources.py --table batches --function URL [--sweep URL]`: invokes functions of `make dev` as on AWS their event sources do.

These are a table's stream and schedules. The database is that of AWS's own variables. What the stream still has of earlier runs
comes again: the function has to expect that on AWS too.
"""

from __future__ import annotations

import argparse
import os
import threading
import time

from console import Failure, main, say
from lambda_client import Absent, Failed, Function
from dynamodb_stream import Database, Stream, Unavailable

# Those that every AWS tool and SDK reads, and that `dynamodb_local.environment` sets.
VARIABLES = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ACCESS_KEY_ID", "AWS_REGION")
# As template.yaml has it: records in an event, and what the schedule sends.
BATCH_SIZE = 1
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event"}
# Sooner than on AWS, for whoever waits for it.
SCHEDULE_SECONDS = 60
READ_SIZE = 100
IDLE_SECONDS = 0.2
ABSENT_SECONDS = 1
# Before each further attempt to hand on the same records; as many as the template's MaximumRetryAttempts.
WAITS = (0.5, 1, 2, 4, 8, 10, 10, 10, 10)


class Trouble:
    """What is wrong with something: said when it begins and when it is over, and not at every attempt in between."""

    def __init__(self) -> None:
        self.text: str | None = None

    def is_(self, text: str) -> None:
        if text != self.text:
            say(f"bridge: {text}; trying again")
        self.text = text

    def is_over(self, how: str) -> None:
        if self.text:
            say(f"bridge: {how}")
        self.text = None


def follow(database: Database, table: str, function: Function) -> None:
    """Hands on what the table's stream tells, until this process ends."""
    stream, of_database, of_function = Stream(database, table), Trouble(), Trouble()
    while True:
        pause = IDLE_SECONDS
        try:
            for records in stream.poll(READ_SIZE):
                pause = 0
                records = [record for record in records if concerns(record)]
                for place in range(0, len(records), BATCH_SIZE):
                    deliver(records[place : place + BATCH_SIZE], function, of_function)
            of_database.is_over("the database answers again")
        except Unavailable as error:
            of_database.is_(str(error))
            # Its positions may be lost. The beginning is always there.
            stream, pause = Stream(database, table), ABSENT_SECONDS
        time.sleep(pause)


def concerns(record: dict) -> bool:
    """The filter of the event source mapping in template.yaml, again."""
    image = record["dynamodb"].get("NewImage", {})
    return (
        record["eventName"] in ("INSERT", "MODIFY")
        and image.get("SK", {}).get("S", "").startswith("ticket#")
        and image.get("state", {}).get("S") == "waiting"
    )


def deliver(records: list, function: Function, trouble: Trouble) -> None:
    """Hands records to the function until it has done them all, or fails too often at the first of them that is left."""
    failures = 0
    while records:
        try:
            left = left_of(records, function.invoke({"Records": records}))
            reason = "the function failed for some of its records"
        except Absent as error:
            # Nothing was tried, so nothing is counted.
            trouble.is_(str(error))
            time.sleep(ABSENT_SECONDS)
            continue
        except Failed as error:
            left, reason = records, str(error)
        if not left:
            trouble.is_over("the function works again")
            return
        failures = failures + 1 if len(left) == len(records) else 1
        trouble.is_(reason)
        if failures > len(WAITS):
            trouble.is_over(f"gave up on {len(left)} records after {failures} attempts; the schedule takes them up")
            return
        time.sleep(WAITS[failures - 1])
        records = left


def left_of(records: list, answer: dict) -> list:
    """Those to hand on again. As on AWS: all from the first failed one on, and all if one is named that was not among them."""
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    failed = [failure.get("itemIdentifier") for failure in answer.get("batchItemFailures") or []]
    return records[min((numbers.index(name) if name in numbers else 0 for name in failed), default=len(records)) :]


def keep_schedule(function: Function) -> None:
    trouble = Trouble()
    while True:
        time.sleep(SCHEDULE_SECONDS)
        try:
            function.invoke(SCHEDULED)
            trouble.is_over("the schedule works again")
        except (Absent, Failed) as error:
            trouble.is_(f"the schedule: {error}")


def script() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--table", required=True, help="whose stream is followed")
    parser.add_argument("--function", required=True, help="the URL that invokes the function")
    parser.add_argument("--sweep", action="append", default=[], help="the URL that invokes a function which only a schedule wakes")
    arguments = parser.parse_args()
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        raise Failure(f"the database is not known: set {', '.join(missing)}")
    function = Function(arguments.function)
    for scheduled in (function, *map(Function, arguments.sweep)):
        threading.Thread(target=keep_schedule, args=(scheduled,), daemon=True).start()
    follow(Database(*(os.environ[name] for name in VARIABLES)), arguments.table, function)


if __name__ == "__main__":
    main(script)
