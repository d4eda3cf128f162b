#!/usr/bin/env python3
"""Replays schedules of the real code, and compares its answers and stored state with the model's.

    python3 tests/model/replay.py FILE [--without RULE ...]

Each line of the file is a schedule. The operations of `before` run one after the other, or tear claims from their profiles. Then `first`
begins and makes `at` calls to the database, `second` runs as a whole, and `first` continues to its end. If there is a `last`, it runs then.
A batch is accepted before `first` begins. Profiles are numbered by their first appearance in the answers, then in the state. All missing
values are the same one. If both operations are the same batch, two workers apply one chunk, and its counts are given once.
"""
import json
import sys

import company_deletions
import torn
from batch import counts_of
from batch_items import Batch, Item
from database import Wait
from fixes import from_arguments
from items import Identity, ProfileId
from observed import observed
from operations import Operation
import run
from run import CALL, Run

NOBODY = ProfileId(0, "nobody")
OF_COMPANIES = {"company", "delete", "retrieve company"}
UNSTATED = "unstated"
"""The value that is used for a missing one."""


class Replay:
    """One schedule in the model."""

    def __init__(self, line, fixes):
        self.run = Run(fixes)
        self.run.database.watch = None
        self.written, self.tokens, self.batches = [], {}, 0
        # The clock of the preparations advances only between requests.
        run.CALL = 0
        for given in line["before"]:
            status, profile = self._tear(given) if given["do"] == "tear" else self._do(given)
            self.written.append(profile)
            self._token(profile)
        run.CALL = CALL
        first = self._operation(line["first"])
        self.by_two = first.do == "batch" and line["first"] == line["second"]
        second = first if self.by_two else self._operation(line["second"])
        task = self.run.begin(first)
        while task.calls < line["at"] and not task.is_over:
            self.run.pass_one(task)
            if isinstance(task.call, Wait):
                self.run.pass_one(task)
        self.calls = task.calls
        """The number of calls of the first operation before the second one, at most `at`."""
        self.run.whole(second)
        self.run.finish(task)
        if line.get("last"):
            self.run.whole(self._operation(line["last"]))
        self.answers = [{"status": 200} if self.by_two else self._answer(first), self._answer(second)]
        self.state = self._state()

    def _do(self, given):
        operation = self._operation(given)
        answer = self.run.whole(operation)
        if operation.do in OF_COMPANIES - {"company"}:
            return answer[0], None
        return answer[:2] if answer else (None, None)

    def _tear(self, given):
        if given["what"] == "lose profile":
            torn.lose_profile(self.run, self.written[given["id"]])
        elif given["what"] == "claim":
            torn.claim(self.run, given["email"], self.written[given["id"]])
        else:
            torn.lose_claim(self.run, given["email"])
        return None, None

    def _identity(self, given):
        id = None
        if given.get("id") is not None:
            id = self.written[given["id"]] or NOBODY
        return Identity(id, given.get("uid"), given.get("email"), given.get("unsets", False))

    def _operation(self, given):
        if given["do"] == "batch":
            self.batches += 1
            items = [
                Item(index, self._identity(item), item["prop"], item.get("value", UNSTATED), item.get("company"))
                for index, item in enumerate(given["items"])
            ]
            batch = Batch(f"batch{self.batches}", tuple(items), given.get("ignore", False), self.run.world.time)
            operation = Operation("batch", batch=batch)
            self.run.accept(operation)
            return operation
        return Operation(
            given["do"], self._identity(given), given.get("prop"), given.get("value", UNSTATED), given.get("name"), given.get("key"),
            company=given.get("company"), gives=given.get("gives"), cascade=given.get("cascade", False),
        )

    def _token(self, profile):
        return None if profile is None else self.tokens.setdefault(profile, len(self.tokens))

    def _answer(self, operation):
        if operation.do == "batch":
            counts = counts_of(self.run.database, operation.batch)
            return {"counts": counts and list(counts)}
        status, profile, *_ = next(invocation.answer for invocation in self.run.history if invocation.operation is operation)
        if operation.do == "event" or operation.do in OF_COMPANIES:
            return {"status": status}
        return {"status": status, "profile": self._token(profile)}

    def _state(self):
        profiles, _ = observed(self.run.database)
        shown = []
        for id, (uid, email, props, events, cleared, company) in sorted(profiles.items(), key=lambda one: (one[1][0] or "", one[1][1] or "")):
            shown.append({
                "profile": self._token(id), "uid": uid, "email": email, "props": sorted(name for name, _ in props),
                "events": sorted(events), "cleared": cleared, "company": company,
            })
        return {"profiles": shown}


def differences(line, fixes):
    """Yields the differences between the model and a line."""
    replay = Replay(line, fixes)
    if replay.calls != line["at"]:
        yield f"the first operation ends after {replay.calls} calls"
    for name, given, here in zip(["first", "second"], line["answers"], replay.answers):
        if given != here:
            yield f"the answer to the {name}: {json.dumps(here)} instead of {json.dumps(given)}"
    if line["state"] != replay.state:
        yield f"the state: {json.dumps(replay.state)}"


def main(arguments):
    company_deletions.AT_ONCE = 50
    fixes, (file,) = from_arguments(arguments)
    agreed = all_lines = 0
    with open(file, encoding="utf-8") as lines:
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            all_lines += 1
            found = list(differences(json.loads(text), fixes))
            agreed += not found
            if found:
                print(f"{file}:{number}: {text.strip()}")
                print("\n".join(f"    {difference}" for difference in found))
    print(f"{agreed} of {all_lines} schedules agree")
    return 0 if agreed == all_lines else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
