"""`event_sources.py --table batches --function URL [--sweep URL]`: invokes local functions as their event sources do on AWS.

The event sources are a table's stream and the schedule. AWS's own environment variables name the database. Records of earlier runs
that are still in the stream are delivered again, which a function must expect on AWS too.
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
# As in template.yaml: the records in an event, and the schedule's event.
BATCH_SIZE = 1
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event"}
# More often than on AWS, so that a developer waits less.
SCHEDULE_SECONDS = 60
READ_SIZE = 100
IDLE_SECONDS = 0.2
ABSENT_SECONDS = 1
# Before each further attempt to deliver the same records. As many as the template's MaximumRetryAttempts.
WAITS = (0.5, 1, 2, 4, 8, 10, 10, 10, 10)


class Problem:
    """A problem that is printed when it begins and when it ends, not at every attempt in between."""

    def __init__(self) -> None:
        self.text: str | None = None

    def begins(self, text: str) -> None:
        if text != self.text:
            say(f"event sources: {text}; trying again")
        self.text = text

    def ends(self, how: str) -> None:
        if self.text:
            say(f"event sources: {how}")
        self.text = None


def follow(database: Database, table: str, function: Function) -> None:
    """Delivers the records of the table's stream, until this process ends."""
    stream, of_database, of_function = Stream(database, table), Problem(), Problem()
    while True:
        pause = IDLE_SECONDS
        try:
            for records in stream.poll(READ_SIZE):
                pause = 0
                records = [record for record in records if passes_filter(record)]
                for place in range(0, len(records), BATCH_SIZE):
                    deliver(records[place : place + BATCH_SIZE], function, of_function)
            of_database.ends("the database answers again")
        except Unavailable as error:
            of_database.begins(str(error))
            # The positions in the stream may be lost. It can always be read from its beginning.
            stream, pause = Stream(database, table), ABSENT_SECONDS
        time.sleep(pause)


def passes_filter(record: dict) -> bool:
    """Applies the filter of the event source mapping in template.yaml."""
    image = record["dynamodb"].get("NewImage", {})
    return (
        record["eventName"] in ("INSERT", "MODIFY")
        and image.get("SK", {}).get("S", "").startswith("ticket#")
        and image.get("state", {}).get("S") == "waiting"
    )


def deliver(records: list, function: Function, problem: Problem) -> None:
    """Invokes the function with records until all are done, or until it fails too often at the first that is left."""
    failures = 0
    while records:
        try:
            left = left_of(records, function.invoke({"Records": records}))
            reason = "the function failed for some of its records"
        except Absent as error:
            # Not an attempt, so it is not counted.
            problem.begins(str(error))
            time.sleep(ABSENT_SECONDS)
            continue
        except Failed as error:
            left, reason = records, str(error)
        if not left:
            problem.ends("the function works again")
            return
        failures = failures + 1 if len(left) == len(records) else 1
        problem.begins(reason)
        if failures > len(WAITS):
            problem.ends(f"gave up on {len(left)} records after {failures} attempts; the schedule will requeue them")
            return
        time.sleep(WAITS[failures - 1])
        records = left


def left_of(records: list, response: dict) -> list:
    """Returns the records to deliver again. As on AWS, all from the first failed one on, and all if the response names an unknown one."""
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    failed = [failure.get("itemIdentifier") for failure in response.get("batchItemFailures") or []]
    return records[min((numbers.index(name) if name in numbers else 0 for name in failed), default=len(records)) :]


def keep_schedule(function: Function) -> None:
    problem = Problem()
    while True:
        time.sleep(SCHEDULE_SECONDS)
        try:
            function.invoke(SCHEDULED)
            problem.ends("the schedule works again")
        except (Absent, Failed) as error:
            problem.begins(f"the schedule: {error}")


def script() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--table", required=True, help="the table whose stream is followed")
    parser.add_argument("--function", required=True, help="the URL that invokes the function of the stream")
    parser.add_argument("--sweep", help="the URL that invokes the function of the schedule")
    arguments = parser.parse_args()
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        raise Failure(f"the database is unknown: set {', '.join(missing)}")
    if arguments.sweep:
        threading.Thread(target=keep_schedule, args=(Function(arguments.sweep),), daemon=True).start()
    follow(Database(*(os.environ[name] for name in VARIABLES)), arguments.table, Function(arguments.function))


if __name__ == "__main__":
    main(script)
