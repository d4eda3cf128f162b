"""openapi.yaml, and the tables of docs/api.md that it repeats."""

from __future__ import annotations

import pathlib
import re

import jsonschema_rs
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = ROOT / "openapi.yaml"
DOCUMENT = yaml.safe_load(PATH.read_text())
METHODS = ("get", "put", "post", "delete", "patch")


def resolved(node: dict) -> dict:
    """Follows a `$ref` to another part of the document."""
    while "$ref" in node:
        name = node["$ref"].removeprefix("#/")
        node = DOCUMENT
        for part in name.split("/"):
            node = node[part]
    return node


def operations():
    """Yields each operation in the document's order: its path, its method, and itself, with the path's parameters among its own."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                parameters = [resolved(parameter) for parameter in (*item.get("parameters", ()), *operation.get("parameters", ()))]
                yield path, method, {**operation, "parameters": parameters}


def responses(operation: dict):
    """Yields each response of an operation: its status, itself, and its body's schema and examples."""
    for status, response in operation["responses"].items():
        response = resolved(response)
        content = response["content"]["application/json"]
        examples = {name: resolved(example)["value"] for name, example in content.get("examples", {}).items()}
        yield int(status), response, content["schema"], examples


def errors():
    """Yields every message of an error that the document shows: its name, its code and the message."""
    for response in DOCUMENT["components"]["responses"].values():
        for name, example in response["content"]["application/json"].get("examples", {}).items():
            value = resolved(example)["value"]
            if "messages" in value:
                yield name, value["code"], value["messages"][0]


def validator(schema: dict) -> jsonschema_rs.Draft202012Validator:
    """Compiles a schema of the document, which may refer to others."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]}, validate_formats=True)


def table(heading: str) -> list:
    """Returns the rows of a section's first table in docs/api.md, each a list of cells, without links."""
    return rows(section(heading))


def section(heading: str) -> str:
    """Returns a section of docs/api.md, up to the next heading."""
    text = (ROOT / "docs/api.md").read_text()
    return re.split(rf"\n##+ {heading}\n", text)[1].split("\n##")[0]


def rows(text: str) -> list:
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line).strip("|").split("|")] for line in lines]
