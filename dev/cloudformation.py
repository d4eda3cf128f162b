"""`cloudformation.py TEMPLATE`: prints as JSON what a SAM template comes to when it is deployed, with all that SAM adds.

It runs SAM's own translator, which `sam deploy` has run by CloudFormation; it needs no AWS account.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys

from console import Failure, main

# The translator asks only for what is uploaded already; a deployment does that first.
UPLOADED = "s3://bucket/key"


class NoManagedPolicies:
    """The names of AWS's managed policies, which the template does not use by their short names."""

    def load(self) -> dict:
        return {}


def script() -> None:
    if len(sys.argv) != 2:
        raise Failure("name one template")
    try:
        from samcli.yamlhelper import yaml_parse
        from samtranslator.translator.transform import transform
    except ImportError as error:
        raise Failure(f"{error}: run this by .tools/venv/bin/python, after `make setup`") from None
    # It asks for one, and uses it for nothing that is in this template.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = yaml_parse(pathlib.Path(sys.argv[1]).read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = UPLOADED
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main(script)
