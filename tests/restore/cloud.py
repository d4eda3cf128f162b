"""An AWS account for the tests of `make restore`: moto plays DynamoDB, Lambda and S3, and this CloudFormation.

It refuses what AWS refuses, answers as late as AWS does by a clock of its own, and fails a test in which a function could have served a
table that it must not serve. botocore checks each call by AWS's own description of it, and `Cloud` each answer of its own.
"""

from __future__ import annotations

import copy
import datetime
import io
import json
import types
import zipfile

import boto3
from botocore.validate import ParamValidator
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends

REGION, STACK, BUCKET = "us-east-1", "profiles", "a-bucket"
NOW = datetime.datetime(2029, 4, 8, tzinfo=datetime.timezone.utc).timestamp()
STACK_SECONDS = 300
CHANGE_SET_SECONDS = 20
TAG = {"Key": "cost-centre", "Value": "42"}
DAYS = 14
PAGE = 30


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code, self.message = code, message


class Cloud:
    """The account, with the stack deployed."""

    def __init__(self, template: dict, parameters: dict, concurrency: dict, restore_seconds: float) -> None:
        self.now, self.restore_seconds = NOW, restore_seconds
        self.template, self.parameters = template, parameters
        self.status, self.executing, self.fails_next = "CREATE_COMPLETE", None, False
        self.change_sets = {}
        self.let_go = []
        # When each restored table is there; the tables that users were forgotten in again; those without backups so far.
        self.ready, self.forgotten, self.without_backups = {}, [], set()
        self.restored = []
        self.extra_change, self.sam_bucket = None, None
        self.dynamodb, self.functions, self.s3 = (boto3.client(name, REGION) for name in ("dynamodb", "lambda", "s3"))
        self.physical = {}
        self.deploy(concurrency)
        self.old = self.tables()

    # ---- The account before

    def deploy(self, concurrency: dict) -> None:
        self.s3.create_bucket(Bucket=BUCKET)
        role = boto3.client("iam", REGION).create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        for logical, resource in self.template["Resources"].items():
            self.physical[logical] = f"{STACK}-{logical}-1A2B3C"
            if resource["Type"] == "AWS::DynamoDB::Table":
                self.create_table(self.physical[logical], resource["Properties"])
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("bootstrap", "")
        for logical in self.of_type("AWS::Lambda::Function"):
            name = self.physical[logical]
            self.functions.create_function(FunctionName=name, Role=role, Runtime="provided.al2023", Handler="bootstrap",
                                           Code={"ZipFile": archive.getvalue()})  # fmt: skip
            if concurrency.get(logical) is not None:
                self.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency[logical])

    def create_table(self, name: str, properties: dict) -> None:
        same = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "StreamSpecification", "DeletionProtectionEnabled")
        given = {key: copy.deepcopy(properties[key]) for key in same if key in properties}
        if "StreamSpecification" in given:
            given["StreamSpecification"]["StreamEnabled"] = True
        key = self.parameters["TablesKeyArn"]
        if key:
            given["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        self.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", Tags=[TAG], **given)
        if "TimeToLiveSpecification" in properties:
            self.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])
        recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": DAYS}
        if "PointInTimeRecoverySpecification" in properties:
            self.dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)

    # ---- What the tests look at

    def of_type(self, kind: str) -> list:
        return [logical for logical, resource in self.template["Resources"].items() if resource["Type"] == kind]

    def tables(self) -> dict:
        return {logical: self.physical[logical] for logical in self.of_type("AWS::DynamoDB::Table")}

    def concurrency(self) -> dict:
        # By moto itself, because it is asked often.
        backend = next(iter(lambda_backends.values()))[REGION]
        names = {logical: self.physical[logical] for logical in self.of_type("AWS::Lambda::Function")}
        return {logical: backend.get_function(name).reserved_concurrency for logical, name in names.items()}

    def uses(self, logical: str) -> dict:
        """Returns the tables that a function works on, by their variables."""
        variables = self.template["Resources"][logical]["Properties"]["Environment"]["Variables"]
        return {name: self.resolve(value) for name, value in variables.items() if name.endswith("_TABLE")}

    def settings(self, name: str) -> dict:
        table = self.dynamodb.describe_table(TableName=name)["Table"]
        recovery = self.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = recovery["PointInTimeRecoveryDescription"]
        return {
            **{key: table.get(key) for key in ("AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled", "StreamSpecification")},
            "indexes": [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])],
            "key": table.get("SSEDescription", {}).get("KMSMasterKeyArn"),
            "expiry": self.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
            "recovery": (recovery["PointInTimeRecoveryStatus"], recovery.get("RecoveryPeriodInDays")),
            "tags": self.dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"],
        }

    def snapshot(self) -> dict:
        """Returns everything that a restore changes."""
        tables = self.dynamodb.list_tables()["TableNames"]
        stored = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {
            "tables": {name: self.settings(name) for name in tables},
            "stack": (self.template, self.tables()),
            "concurrency": self.concurrency(),
            "objects": {item["Key"]: self.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in stored},
        }

    def check(self) -> None:
        """Fails if a function that can run works on other tables than it may."""
        for logical, reserved in self.concurrency().items():
            if reserved == 0:
                continue
            used = set(self.uses(logical).values())
            # While tables are exchanged, the stack has none of some, or a function names others than the stack has.
            assert used <= set(self.tables().values()), f"{logical} can run while its tables are exchanged"
            unsafe = {name for name in used if name in self.restored and "Accounts" not in name} - set(self.forgotten)
            assert not unsafe, f"{logical} can run on {unsafe}, where users were not forgotten again"

    # ---- The calls

    def attach(self, client) -> None:
        """Answers a client's calls, or changes moto's answers."""
        service = client.meta.service_model.service_name
        events = client.meta.events
        events.register(f"before-parameter-build.{service}.*", self.remember)
        events.register(f"before-call.{service}.*", self.answer)
        events.register(f"after-call.{service}.*", self.correct)

    def remember(self, params, context, **_) -> None:
        context["given"] = copy.deepcopy(params)

    def answer(self, model, context, **_):
        """Plays CloudFormation, and refuses what DynamoDB would refuse. It runs after botocore has checked the parameters."""
        self.advance()
        given, service = context["given"], model.service_model.service_name
        try:
            if service == "cloudformation":
                result = getattr(self, model.name)(**given)
                if model.output_shape is not None:
                    report = ParamValidator().validate(result, model.output_shape)
                    assert not report.has_errors(), report.generate_report()
                return types.SimpleNamespace(status_code=200), {**result, "ResponseMetadata": {}}
            if service == "dynamodb":
                self.refuse(model.name, given)
        except Refused as refused:
            error = {"Code": refused.code, "Message": refused.message}
            return types.SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}

    def refuse(self, operation: str, given: dict) -> None:
        name = given.get("TableName") or given.get("ResourceArn", "").rpartition("/")[2]
        if operation.startswith(("Update", "Tag")) and self.ready.get(name, 0) > self.now:
            raise Refused("ResourceInUseException", f"{name} is being created")
        if operation == "UpdateTimeToLive":
            described = self.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            if described["TimeToLiveStatus"] == "ENABLED":
                raise Refused("ValidationException", "TimeToLive is already enabled")
        if operation == "UpdateContinuousBackups" and name in self.without_backups:
            self.without_backups.remove(name)
            raise Refused("ContinuousBackupsUnavailableException", "Backups are being enabled")

    def correct(self, model, context, parsed, **_) -> None:
        """Makes moto's answers those of AWS, where time is concerned."""
        given = context.get("given", {})
        if "Error" in parsed:
            return
        if model.name == "RestoreTableToPointInTime":
            name = given["TargetTableName"]
            self.restored.append(name)
            self.ready[name] = self.now + self.restore_seconds
            self.without_backups.add(name)
            tables = next(iter(dynamodb_backends.values()))[REGION].tables
            table, source = tables[name], tables[given["SourceTableName"]]
            table.restore_date_time = datetime.datetime.fromisoformat(given["RestoreDateTime"]).timestamp()
            table.billing_mode = source.billing_mode
            table.sse_specification = given.get("SSESpecificationOverride")
        elif model.name == "DescribeTable" and self.ready.get(given["TableName"], 0) > self.now:
            parsed["Table"]["TableStatus"] = "CREATING"
        elif model.name == "DescribeContinuousBackups":
            recovery = parsed["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            if recovery["PointInTimeRecoveryStatus"] == "ENABLED":
                recovery["EarliestRestorableDateTime"] = moment(self.now - DAYS * 86400)
                recovery["LatestRestorableDateTime"] = moment(self.now - 300)

    # ---- CloudFormation

    def DescribeStacks(self, StackName: str) -> dict:
        if StackName == "aws-sam-cli-managed-default" and self.sam_bucket:
            outputs = [{"OutputKey": "SourceBucket", "OutputValue": self.sam_bucket}]
            return {"Stacks": [{"StackName": StackName, "CreationTime": moment(NOW), "StackStatus": "CREATE_COMPLETE", "Outputs": outputs}]}
        if StackName != STACK:
            raise Refused("ValidationError", f"Stack with id {StackName} does not exist")
        parameters = [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in self.parameters.items()]
        stack = {"StackName": STACK, "CreationTime": moment(NOW), "StackStatus": self.status, "Parameters": parameters}
        return {"Stacks": [stack]}

    def GetTemplate(self, StackName: str, TemplateStage: str) -> dict:
        assert TemplateStage == "Processed"
        return {"TemplateBody": json.dumps(self.template)}

    def ListStackResources(self, StackName: str, NextToken: str = "0") -> dict:
        there = [(logical, self.physical[logical], "CREATE_COMPLETE") for logical in self.template["Resources"]]
        # Also those that the stack let go.
        there += [(logical, name, "DELETE_SKIPPED") for logical, name in self.let_go]
        first = int(NextToken)
        kinds = {logical: resource["Type"] for logical, resource in self.template["Resources"].items()}
        summaries = [
            {"LogicalResourceId": logical, "PhysicalResourceId": name, "ResourceStatus": status,
             "ResourceType": kinds.get(logical, "AWS::DynamoDB::Table"), "LastUpdatedTimestamp": moment(NOW)}
            for logical, name, status in there[first : first + PAGE]
        ]  # fmt: skip
        return {"StackResourceSummaries": summaries, **({"NextToken": str(first + PAGE)} if len(there) > first + PAGE else {})}

    def CreateChangeSet(self, StackName, ChangeSetName, ChangeSetType, TemplateURL, Parameters, Capabilities, ResourcesToImport=()) -> dict:
        if self.status.endswith("_IN_PROGRESS"):
            raise Refused("ValidationError", f"Stack is in {self.status} state")
        if ChangeSetName in self.change_sets:
            raise Refused("AlreadyExistsException")
        assert Parameters == [{"ParameterKey": name, "UsePreviousValue": True} for name in self.parameters]
        prefix = f"https://{BUCKET}.s3.{REGION}.amazonaws.com/"
        assert TemplateURL.startswith(prefix)
        wanted = json.loads(self.s3.get_object(Bucket=BUCKET, Key=TemplateURL.removeprefix(prefix))["Body"].read())
        imports = {given["LogicalResourceId"]: given["ResourceIdentifier"]["TableName"] for given in ResourcesToImport}
        changes, reason = self.difference(wanted, imports, ChangeSetType == "IMPORT")
        if self.extra_change and not imports:
            changes = [*changes, self.extra_change]
        self.change_sets[ChangeSetName] = {
            "created": self.now + CHANGE_SET_SECONDS, "template": wanted, "imports": imports, "changes": changes, "reason": reason,
            "type": ChangeSetType, "executed": "AVAILABLE" if not reason else "UNAVAILABLE",
        }  # fmt: skip
        return {"Id": f"arn:aws:cloudformation:{REGION}:123456789012:changeSet/{ChangeSetName}/1"}

    def difference(self, wanted: dict, imports: dict, is_import: bool) -> tuple:
        """Returns the changes that lead to a template, and why they cannot be made."""
        old, new = self.template["Resources"], wanted["Resources"]
        changed = {logical for logical in old if logical in new and new[logical] != old[logical]}
        actions = {logical: "Import" if logical in imports else "Add" for logical in new if logical not in old}
        actions |= {logical: "Remove" for logical in old if logical not in new} | dict.fromkeys(changed, "Modify")
        # Dependents of what is modified are listed too, as far as CloudFormation can tell.
        changes = [
            {"Type": "Resource", "ResourceChange": {"Action": action, "LogicalResourceId": logical,
             "ResourceType": (new.get(logical) or old[logical])["Type"], **({"Replacement": "False"} if action == "Modify" else {})}}
            for logical, action in actions.items()
        ]  # fmt: skip
        reason = ""
        if not changes:
            reason = "The submitted information didn't contain changes."
        if is_import:
            names = self.dynamodb.list_tables()["TableNames"]
            if set(actions.values()) != {"Import"} or wanted["Outputs"] != self.template["Outputs"]:
                reason = "As part of the import operation, you cannot modify or add [Outputs] or resources"
            elif not all(name in names and "DeletionPolicy" in new[logical] for logical, name in imports.items()):
                reason = "Resources to import must exist and have a DeletionPolicy"
        elif "Add" in actions.values():
            reason = "a table would be created"
        return changes, reason

    def DescribeChangeSet(self, StackName: str, ChangeSetName: str, NextToken: str = "0") -> dict:
        found = self.change_sets.get(ChangeSetName)
        if found is None:
            raise Refused("ChangeSetNotFound")
        if found["created"] > self.now:
            return {"ChangeSetName": ChangeSetName, "Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE", "Changes": []}
        first = int(NextToken)
        answer = {"ChangeSetName": ChangeSetName, "Status": "FAILED" if found["reason"] else "CREATE_COMPLETE",
                  "ExecutionStatus": found["executed"], "Changes": found["changes"][first : first + PAGE]}  # fmt: skip
        if found["reason"]:
            answer["StatusReason"] = found["reason"]
        return {**answer, **({"NextToken": str(first + PAGE)} if len(found["changes"]) > first + PAGE else {})}

    def DeleteChangeSet(self, StackName: str, ChangeSetName: str) -> dict:
        del self.change_sets[ChangeSetName]
        return {}

    def ExecuteChangeSet(self, StackName: str, ChangeSetName: str) -> dict:
        found = self.change_sets[ChangeSetName]
        if found["executed"] != "AVAILABLE" or found["created"] > self.now or self.status.endswith("_IN_PROGRESS"):
            raise Refused("InvalidChangeSetStatus", "the change set cannot be executed")
        self.status = f"{found['type']}_IN_PROGRESS"
        self.executing = (ChangeSetName, self.now + STACK_SECONDS)
        found["executed"] = "EXECUTE_IN_PROGRESS"
        return {}

    def advance(self) -> None:
        """Ends an execution whose time has come."""
        if not self.executing or self.executing[1] > self.now:
            return
        name, self.executing = self.executing[0], None
        found = self.change_sets[name]
        if self.fails_next:
            self.fails_next = False
            self.status, found["executed"] = f"{found['type']}_ROLLBACK_COMPLETE", "EXECUTE_FAILED"
            return
        old, self.template = self.template, found["template"]
        for logical in set(old["Resources"]) - set(self.template["Resources"]):
            assert old["Resources"][logical]["DeletionPolicy"].startswith("Retain"), f"{logical} is deleted"
            self.let_go.append((logical, self.physical.pop(logical)))
        self.physical |= found["imports"]
        for logical in self.of_type("AWS::Lambda::Function"):
            self.update(logical, old["Resources"][logical], self.template["Resources"][logical])
        self.status = f"{found['type']}_COMPLETE"
        # An execution removes the stack's other change sets.
        self.change_sets = {name: {**found, "executed": "EXECUTE_COMPLETE"}}
        self.check()

    def update(self, logical: str, old: dict, new: dict) -> None:
        """Updates a function as badly as CloudFormation may: a concurrency in the template is set again by every change."""
        before, after = (self.resolve(of["Properties"].get("ReservedConcurrentExecutions")) for of in (old, new))
        if old != new and after is not None:
            self.functions.put_function_concurrency(FunctionName=self.physical[logical], ReservedConcurrentExecutions=after)
        elif old != new and before is not None:
            self.functions.delete_function_concurrency(FunctionName=self.physical[logical])

    def resolve(self, value):
        """Returns the value of an expression of the template, of the kinds that functions have."""
        if not isinstance(value, dict):
            return value
        if "Ref" in value:
            return {**self.parameters, **self.physical, "AWS::NoValue": None}[value["Ref"]]
        condition, yes, no = value["Fn::If"]
        assert condition == "LimitsWorker"
        return self.resolve(yes if self.parameters["WorkerConcurrency"] != 0 else no)


def moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
