"""The stack: exchanging its tables by change sets, from wherever an earlier run has left it."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from console import Failure, say
from restoring import templates
from restoring.aws import Aws, code
from restoring.memory import Memory

POLL_SECONDS = 15
# A stack shows an execution a moment after it was asked for it.
POLLS_UNTIL_SHOWN = 20
TABLE = "AWS::DynamoDB::Table"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


def resources(aws: Aws, stack: str, kind: str) -> dict:
    """Returns the physical names of the stack's resources of a type, by their logical ids."""
    found = aws.read_all("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack)
    # Also lists, for a time, those that the stack let go.
    gone = ("DELETE_COMPLETE", "DELETE_SKIPPED")
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in found
        if resource["ResourceType"] == kind and resource["ResourceStatus"] not in gone
    }


def template(aws: Aws, stack: str, quiet: bool = False) -> dict:
    """Returns the stack's template, as SAM has translated it."""
    body = aws.read("cloudformation", "get_template", quiet=quiet, StackName=stack, TemplateStage="Processed")["TemplateBody"]
    # Without keys in an order of their own.
    return json.loads(body if isinstance(body, str) else json.dumps(body))


def status(aws: Aws, stack: str, quiet: bool = False) -> str:
    return aws.read("cloudformation", "describe_stacks", quiet=quiet, StackName=stack)["Stacks"][0]["StackStatus"]


class Exchange:
    """The exchange of a stack's tables (names by logical id) for others."""

    def __init__(self, aws: Aws, memory: Memory, stack: str, label: str, before: dict, pairs: list, ask) -> None:
        self.aws, self.memory, self.stack, self.label, self.ask = aws, memory, stack, label, ask
        self.deployed = before["template"]
        self.tables = sorted(before["tables"])
        # All names that the tables have or had: those before the restore, and the restored ones.
        self.known = self.known_forms(pairs)

    def known_forms(self, pairs: list) -> list:
        forms = [self.deployed, templates.stopped(self.deployed)]
        for names in pairs:
            detached = templates.detached(self.deployed, names)
            forms += [detached, templates.importing(detached, self.deployed, self.tables)]
        return forms

    def to(self, wanted: dict) -> None:
        """Makes the wanted tables the stack's. It begins where an earlier run ended."""
        while step := self.next(wanted):
            kind, target, imports = step
            if self.aws.dry_run:
                return self.show(wanted)
            self.apply(kind, target, imports)

    def holds(self, wanted: dict) -> bool:
        """Tells whether the tables are the stack's, with nothing left to do."""
        settle(self.aws, self.stack)
        return self.next(wanted) is None

    def next(self, wanted: dict) -> tuple | None:
        """Returns the next change: its name, the template it leads to, and the tables to import."""
        current = template(self.aws, self.stack)
        found = resources(self.aws, self.stack, TABLE)
        names = {logical: found[logical] for logical in self.tables if logical in found}
        if current not in self.known:
            raise Failure(f"{self.stack} was deployed or changed since this restore began: begin another one, by LABEL=")
        if names == wanted:
            stopped = templates.stopped(self.deployed)
            if current == self.deployed:
                return None
            return ("settle", self.deployed, {}) if current == stopped else ("attach", stopped, {})
        if not names:
            return "import", templates.importing(current, self.deployed, self.tables), wanted
        if set(names) != set(self.tables):
            raise Failure(f"{self.stack} has some of the tables only: {', '.join(names)}")
        return "detach", templates.detached(self.deployed, names), {}

    def show(self, wanted: dict) -> None:
        """Prints the calls that `to` would make from here."""
        kinds = {"detach": ["detach", "import", "attach", "settle"], "import": ["import", "attach", "settle"]}
        first = self.next(wanted)[0]
        for kind in kinds.get(first, ["attach", "settle"] if first == "attach" else ["settle"]):
            url = self.memory.put(f"{kind}.json", b"")
            self.create(self.name(kind), kind, url, wanted if kind == "import" else {})
            self.aws.change("cloudformation", "execute_change_set", StackName=self.stack, ChangeSetName=self.name(kind))

    def name(self, kind: str) -> str:
        return f"restore-{self.label}-{kind}"

    def apply(self, kind: str, target: dict, imports: dict) -> None:
        """Makes a change set, checks it, executes it, and waits for that."""
        name = self.name(kind)
        change_set = self.change_set(name)
        if change_set and change_set["ExecutionStatus"] != "AVAILABLE" and not change_set["Status"].endswith("_IN_PROGRESS"):
            # A failed one of an earlier run, or an executed one that was rolled back.
            self.aws.change("cloudformation", "delete_change_set", StackName=self.stack, ChangeSetName=name)
            change_set = None
        if change_set is None:
            url = self.memory.put(f"{kind}.json", json.dumps(target).encode())
            self.create(name, kind, url, imports)
        self.aws.wait(lambda: self.creating(name), POLL_SECONDS, f"the change set {name}")
        change_set = self.change_set(name)
        if change_set["Status"] != "CREATE_COMPLETE":
            raise Failure(f"the change set {name} failed: {change_set.get('StatusReason', 'without a reason')}")
        check(kind, change_set["Changes"], self.tables)
        self.ask(f"Execute the change set {name}?")
        before = status(self.aws, self.stack)
        self.aws.change("cloudformation", "execute_change_set", StackName=self.stack, ChangeSetName=name)
        self.wait_for(target, before)

    def create(self, name: str, kind: str, url: str, imports: dict) -> None:
        described = self.aws.read("cloudformation", "describe_stacks", StackName=self.stack)["Stacks"][0]
        more = {}
        if imports:
            more["ResourcesToImport"] = [
                {"ResourceType": TABLE, "LogicalResourceId": logical, "ResourceIdentifier": {"TableName": table}}
                for logical, table in imports.items()
            ]
        self.aws.change(
            "cloudformation",
            "create_change_set",
            StackName=self.stack,
            ChangeSetName=name,
            ChangeSetType="IMPORT" if imports else "UPDATE",
            TemplateURL=url,
            Parameters=[
                {"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True} for parameter in described.get("Parameters", [])
            ],
            Capabilities=CAPABILITIES,
            **more,
        )

    def change_set(self, name: str) -> dict | None:
        """Returns a change set with all its changes."""
        result, parameters = None, {"StackName": self.stack, "ChangeSetName": name}
        while True:
            try:
                page = self.aws.read("cloudformation", "describe_change_set", quiet=result is not None, **parameters)
            except ClientError as error:
                if code(error) == "ChangeSetNotFound":
                    return None
                raise
            result = {**page, "Changes": [*(result["Changes"] if result else []), *page.get("Changes", [])]}
            if "NextToken" not in page:
                return result
            parameters["NextToken"] = page["NextToken"]

    def creating(self, name: str) -> str:
        page = self.aws.read("cloudformation", "describe_change_set", quiet=True, StackName=self.stack, ChangeSetName=name)
        return page["Status"] if page["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS") else ""

    def wait_for(self, target: dict, before: str) -> None:
        """Waits until the stack has the template, and nothing is in progress."""
        polls = 0

        def left() -> str:
            nonlocal polls
            now = status(self.aws, self.stack, quiet=True)
            if now.endswith("_IN_PROGRESS"):
                return now
            if template(self.aws, self.stack, quiet=True) == target:
                return ""
            polls += 1
            if now != before or polls > POLLS_UNTIL_SHOWN:
                raise Failure(
                    f"{self.stack} is {now}, and the change was not made. `aws cloudformation describe-stack-events --stack-name "
                    f"{self.stack}` says why. Mend that and run this again, or go back by OPTIONS=--back"
                )
            return now

        self.aws.wait(left, POLL_SECONDS, "the stack")


def settle(aws: Aws, stack: str) -> None:
    """Waits until nothing is in progress: a change that was begun by an earlier run, or a deployment."""

    def left() -> str:
        now = status(aws, stack, quiet=True)
        return now if now.endswith("_IN_PROGRESS") else ""

    say(f"  aws cloudformation describe-stacks --stack-name {stack}")
    aws.wait(left, POLL_SECONDS, "the stack")
    now = status(aws, stack, quiet=True)
    if now.endswith("_FAILED"):
        raise Failure(f"{stack} is {now}: `aws cloudformation continue-update-rollback --stack-name {stack}` first")


def check(kind: str, changes: list, tables: list) -> None:
    """Prints the changes, and fails if they are others than the exchange needs."""
    seen, wrong = set(), []
    for change in (change["ResourceChange"] for change in changes):
        logical, action, replacement = change["LogicalResourceId"], change["Action"], change.get("Replacement", "")
        note = "" if replacement in ("", "False") else f"   replacement: {replacement}"
        say(f"    {action:<8} {logical:<28} {change['ResourceType']}{note}")
        expected = {"detach": "Remove", "import": "Import"}.get(kind)
        if logical in tables and action == expected:
            seen.add(logical)
        elif kind == "import" or action != "Modify" or replacement == "True":
            wrong.append(logical)
        elif change["ResourceType"] == TABLE and replacement not in ("", "False"):
            wrong.append(logical)
    missing = sorted(set(tables) - seen) if kind in ("detach", "import") else []
    if wrong or missing:
        raise Failure(f"the change set would do something else than {kind} the tables: look at {', '.join([*wrong, *missing])} above")
