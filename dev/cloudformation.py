"""`cloudformation.py TEMPLATE`: prints the CloudFormation template that a SAM template becomes when it is deployed, as JSON.

It runs SAM's own translator, as CloudFormation does for `sam deploy`. It needs no AWS account.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys

from console import Failure, main

# The translator expects that the code is uploaded, which a deployment does first.
UPLOADED = "s3://bucket/key"


class NoManagedPolicies:
    """The names of AWS's managed policies, which the template does not use by their short names."""

    def load(self) -> dict:
        return {}


def script() -> None:
    if len(sys.argv) != 2:
        raise Failure("usage: cloudformation.py TEMPLATE")
    try:
        from samcli.yamlhelper import yaml_parse
        from samtranslator.translator.transform import transform
    except ImportError as error:
        raise Failure(f"{error}: run `make setup`, then this by .tools/venv/bin/python") from None
    # The translator needs a region, but uses it for nothing in this template.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = yaml_parse(pathlib.Path(sys.argv[1]).read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = UPLOADED
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main(script)
