"""`make restore`: restores the users' tables of a deployed stack to an earlier time. docs/operations.md explains it.

It may be stopped at any time and run again with the same arguments: it asks AWS how far it is, and continues from there.
"""

from __future__ import annotations

import argparse
import datetime
import pathlib
import re
import sys

from botocore.exceptions import BotoCoreError, ClientError

from console import Failure, main, say
from paths import ROOT
from restoring import functions, stack, tables
from restoring.aws import Aws
from restoring.memory import Memory
from restoring.replay import mend, replay

# They refer to each other, so all are restored to the same second.
USERS = ("Profiles", "Identities", "Companies", "Activities", "Summaries", "Properties")
# For so long the items of accepted batches wait for functions that are stopped: CHUNK_TTL in shared/storage/src/batches/mod.rs.
CHUNKS_LAST = datetime.timedelta(days=30)


def arguments(words: list) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make restore", description=__doc__.splitlines()[0])
    parser.add_argument("--stack", required=True, help="the name of the deployed stack (STACK=)")
    parser.add_argument("--to", required=True, help="the time to restore to, in UTC, such as 2029-04-07T12:18:00Z (TO=)")
    parser.add_argument("--bucket", help="an S3 bucket for templates and the record (BUCKET=); else that of `sam deploy --guided`")
    parser.add_argument("--label", help="what the restored tables' names end in (LABEL=); else the time to restore to")
    parser.add_argument("--dry-run", action="store_true", help="make only calls that read, and print the others")
    parser.add_argument("--yes", action="store_true", help="don't ask")
    parser.add_argument("--serve", action="store_true", help="stop the functions only when the restored tables are ready")
    parser.add_argument("--back", action="store_true", help="take this restore back: use the tables of before again")
    parser.add_argument("--drill", action="store_true", help="restore into tables that nothing uses, forget there, and stop")
    parser.add_argument("--only-accounts", action="store_true", help="restore the table of accounts alone")
    parser.add_argument("--profiles", default="cargo run --quiet --bin profiles --", help="the admin command")
    given = parser.parse_args(words)
    if not given.stack or not given.to:
        raise Failure("give STACK= and TO=, as in `make restore STACK=profiles TO=2029-04-07T12:18:00Z`")
    try:
        given.to = datetime.datetime.strptime(given.to, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise Failure(f"TO={given.to} is no time such as 2029-04-07T12:18:00Z") from None
    if given.back and given.drill:
        raise Failure("a drill uses no restored table, so there is nothing to take back")
    given.label = given.label or f"{given.to:%Y%m%dT%H%M%SZ}"
    if not re.fullmatch(r"[A-Za-z0-9-]{1,60}", given.label):
        raise Failure("LABEL= may have letters, digits and hyphens only")
    return given


class Restore:
    """One restore of a stack to a time."""

    def __init__(self, given: argparse.Namespace, aws: Aws, ask, directory: pathlib.Path) -> None:
        self.given, self.aws, self.directory = given, aws, directory
        self.answer = ask
        self.since = f"{given.to:%Y-%m-%dT%H:%M:%SZ}"
        self.restored_tables = ("Accounts",) if given.only_accounts else USERS

    def run(self) -> None:
        if self.given.drill:
            self.drill()
        else:
            self.restore_the_stack()

    def drill(self) -> None:
        found = stack.resources(self.aws, self.given.stack, stack.TABLE)
        self.before = {"tables": self.chosen(found), "deletions": found["DeletionsTable"]}
        self.names = self.new_names(f"drill-{self.given.label}")
        self.restore(resumed=True)
        self.settings()
        self.replay(self.names)
        self.mend(self.names)
        say("\nThe drill is over. Delete its tables: " + ", ".join(self.names.values()))

    def restore_the_stack(self) -> None:
        given = self.given
        say(f"{given.stack}: {'back to the tables before' if given.back else 'to ' + self.since}")
        memory = Memory(self.aws, given.bucket, given.stack, given.label, self.directory)
        stack.settle(self.aws, given.stack)
        self.names = self.new_names(given.label)
        self.before = memory.load()
        resumed = self.before is not None
        what = "back" if given.back else "restore"
        if resumed:
            self.check_arguments(memory, what)
            if memory.is_finished(what):
                return say("\nThis was finished before. For another restore to the same time choose other names by LABEL=")
        elif given.back:
            raise Failure("there is no such restore to take back: give its TO= and LABEL=")
        else:
            self.before = self.look()
            memory.begin(self.before)
        label = f"{given.label}-back" if given.back else given.label
        old, wanted = self.before["tables"], self.before["tables"] if given.back else self.names
        exchange = stack.Exchange(self.aws, memory, given.stack, label, self.before, [old, self.names], self.ask)
        if not exchange.holds(wanted):
            self.exchange(exchange, wanted, resumed)
        self.say_step(6, "start the functions, and forget who was forgotten until then")
        functions.start(self.aws, self.before["functions"])
        self.replay(wanted)
        memory.finish(what)
        self.end(wanted)

    def exchange(self, exchange: stack.Exchange, wanted: dict, resumed: bool) -> None:
        if not self.given.serve or self.given.back:
            self.stop()
        if not self.given.back:
            self.restore(resumed)
            self.settings()
        if self.given.serve and not self.given.back:
            self.stop()
        self.say_step(4, "forget again who was forgotten since, and mend addresses")
        self.replay(wanted)
        self.mend(wanted)
        self.say_step(5, "make these tables the stack's")
        exchange.to(wanted)

    def look(self) -> dict:
        """Returns how the stack is, before anything is changed. It fails early if the restore cannot succeed."""
        found = stack.resources(self.aws, self.given.stack, stack.TABLE)
        names = stack.resources(self.aws, self.given.stack, "AWS::Lambda::Function")
        chosen = self.chosen(found)
        if chosen == self.names:
            raise Failure("the stack has the tables of this restore already: for another one choose other names by LABEL=")
        tables.check_time(self.aws, list(chosen.values()), self.given.to)
        return {
            "to": self.since,
            "begun_at": self.now().isoformat(timespec="seconds"),
            "tables": chosen,
            "deletions": found["DeletionsTable"],
            "functions": functions.look(self.aws, sorted(names.values())),
            "template": stack.template(self.aws, self.given.stack),
        }

    def check_arguments(self, memory: Memory, what: str) -> None:
        if self.before["to"] != self.since or set(self.before["tables"]) != set(self.names):
            raise Failure(f"the restore with this LABEL is another one, to {self.before['to']}: choose another LABEL=")
        if what == "restore" and memory.is_finished("back"):
            raise Failure("this restore was taken back: for another one choose other names by LABEL=")
        until = datetime.datetime.fromisoformat(self.before["begun_at"]) + CHUNKS_LAST
        say(f"\nIt was begun at {self.before['begun_at']}. Items of accepted batches wait until {until:%Y-%m-%d} at least: finish before.")

    def stop(self) -> None:
        self.say_step(1, "stop the functions")
        lost = "to the restored tables" if self.given.back else f"after {self.since}"
        self.ask(f"Stop all functions of {self.given.stack}? Clients get errors until the end. What they wrote {lost} is lost.")
        functions.stop(self.aws, list(self.before["functions"]))

    def restore(self, resumed: bool) -> None:
        self.say_step(2, "restore the tables (minutes to hours)")
        for logical, source in self.before["tables"].items():
            tables.restore(self.aws, source, self.names[logical], self.given.to, resumed)
        tables.wait(self.aws, list(self.names.values()))

    def settings(self) -> None:
        self.say_step(3, "set what a restore does not bring along")
        for logical, source in self.before["tables"].items():
            tables.set_up(self.aws, source, self.names[logical])
            tables.compare(self.aws, source, self.names[logical])

    def replay(self, names: dict) -> None:
        if not self.given.only_accounts:
            replay(self.aws, self.given.profiles, names, self.before["deletions"], self.since)

    def mend(self, names: dict) -> None:
        # What was there before was not restored to different instants.
        if not self.given.only_accounts and not self.given.back:
            mend(self.aws, self.given.profiles, names)

    def end(self, wanted: dict) -> None:
        if self.aws.dry_run:
            return say("\nNothing was changed.")
        other = self.names if self.given.back else self.before["tables"]
        say(f"\n{self.given.stack} uses " + ", ".join(wanted.values()))
        say("No longer used, and yours to delete once you need them no more: " + ", ".join(other.values()))
        say(f"Compare them with the template: aws cloudformation detect-stack-drift --stack-name {self.given.stack}")
        if not self.given.only_accounts:
            say(f"Have everything sent again that was sent since {self.since}, clears too: docs/operations.md, after a restore.")

    def chosen(self, found: dict) -> dict:
        wanted = [f"{name}Table" for name in self.restored_tables]
        missing = [logical for logical in [*wanted, "DeletionsTable"] if logical not in found]
        if missing:
            raise Failure(
                f"the stack {self.given.stack} has no {', '.join(missing)}. If an earlier restore let them go, give its TO= and LABEL="
            )
        return {logical: found[logical] for logical in wanted}

    def new_names(self, label: str) -> dict:
        return {f"{name}Table": f"{self.given.stack}-{name}-{label}" for name in self.restored_tables}

    def say_step(self, number: int, text: str) -> None:
        say(f"\n{number}. {text[0].upper()}{text[1:]}")

    def ask(self, question: str) -> None:
        if not self.given.yes and not self.aws.dry_run and not self.answer(question):
            raise Failure("stopped. Run this again to continue, or with OPTIONS=--back to go back")

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.aws.clock(), datetime.timezone.utc)


def answer(question: str) -> bool:
    if not sys.stdin.isatty():
        raise Failure(f"{question} There is no terminal to answer at: give OPTIONS=--yes")
    return input(f"{question} Type yes: ").strip() == "yes"


def script() -> None:
    given = arguments(sys.argv[1:])
    try:
        Restore(given, Aws(given.dry_run), answer, ROOT / "target").run()
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"{error}. Run this again to continue") from error


if __name__ == "__main__":
    main(script)
