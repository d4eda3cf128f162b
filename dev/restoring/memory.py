"""What a restore remembers: how the stack was before. It is an object in S3, and a copy beside in target/restore/.

It is written before anything is changed, and never again. Where the restore is, AWS itself is asked.
"""

from __future__ import annotations

import json
import pathlib

from botocore.exceptions import ClientError

from console import Failure, say
from restoring.aws import Aws, code

BEFORE = "before.json"
SAM = "aws-sam-cli-managed-default"


class Memory:
    """The objects of one restore."""

    def __init__(self, aws: Aws, bucket: str | None, stack: str, label: str, directory: pathlib.Path) -> None:
        self.aws = aws
        self.bucket = bucket or sam_bucket(aws)
        self.prefix = f"restore/{stack}/{label}"
        self.directory = directory / self.prefix

    def load(self) -> dict | None:
        """Returns how the stack was before the restore, or None if it has not begun."""
        content = self.get(BEFORE)
        if content is None and (self.directory / BEFORE).exists():
            say(f"  {self.prefix}/{BEFORE} is taken from its copy in {self.directory}")
            content = (self.directory / BEFORE).read_bytes()
            self.put(BEFORE, content, IfNoneMatch="*")
        return None if content is None else json.loads(content)

    def begin(self, before: dict) -> None:
        """Remembers how the stack was. Another run at the same time cannot overwrite that."""
        try:
            self.put(BEFORE, json.dumps(before, indent=1).encode(), IfNoneMatch="*")
        except ClientError as error:
            if code(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise
            (self.directory / BEFORE).unlink(missing_ok=True)
            raise Failure("another run of this restore has begun at the same time: let only one run") from None

    def finish(self, what: str) -> None:
        self.put(finished(what), b"{}")

    def is_finished(self, what: str) -> bool:
        return self.get(finished(what)) is not None

    def get(self, name: str) -> bytes | None:
        try:
            return self.aws.read("s3", "get_object", Bucket=self.bucket, Key=f"{self.prefix}/{name}")["Body"].read()
        except ClientError as error:
            if code(error) == "NoSuchKey":
                return None
            raise

    def put(self, name: str, content: bytes, **more) -> str:
        """Stores an object, and returns its address."""
        file = self.directory / name
        if not self.aws.dry_run:
            self.directory.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self.aws.change("s3", "put_object", Bucket=self.bucket, Key=f"{self.prefix}/{name}", Body=file, **more)
        suffix = "amazonaws.com.cn" if self.aws.region.startswith("cn-") else "amazonaws.com"
        return f"https://{self.bucket}.s3.{self.aws.region}.{suffix}/{self.prefix}/{name}"


def finished(what: str) -> str:
    return f"finished-{what}.json"


def sam_bucket(aws: Aws) -> str:
    """Returns the bucket that `sam deploy --guided` has made for its own uploads."""
    try:
        stacks = aws.read("cloudformation", "describe_stacks", StackName=SAM)["Stacks"]
    except ClientError as error:
        if code(error) != "ValidationError":
            raise
        raise Failure("give a bucket of yours by BUCKET=: there is none of `sam deploy --guided`") from None
    return next(output["OutputValue"] for output in stacks[0]["Outputs"] if output["OutputKey"] == "SourceBucket")
