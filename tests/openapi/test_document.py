"""The document by itself, and beside docs/api.md and template.yaml."""

from __future__ import annotations

import re
import unittest

import document
import yaml
from openapi_spec_validator import validate


class Documents(unittest.TestCase):
    maxDiff = None

    def test_it_is_openapi(self):
        validate(document.DOCUMENT)

    def test_its_operations_are_the_routes_of_the_template(self):
        loader = type("Loader", (yaml.SafeLoader,), {})
        loader.add_multi_constructor("!", lambda loader, suffix, node: None)
        template = yaml.load((document.ROOT / "template.yaml").read_text(), loader)
        # The pages for people are no part of the API.
        resources = [resource for name, resource in template["Resources"].items() if name != "Pages" and "Properties" in resource]
        events = [resource["Properties"].get("Events") or {} for resource in resources]
        routes = [event["Properties"] for of_function in events for event in of_function.values() if event["Type"] == "HttpApi"]
        expected = {(route["Method"].lower(), route["Path"]) for route in routes if "Path" in route}
        self.assertEqual({(method, path) for path, method, _ in document.operations()}, expected)

    def test_its_errors_are_those_of_the_contract(self):
        # A message is the cell's first code, with one or two backticks around it.
        code = re.compile(r"^(`` ?(?P<two>.*?) ?``|`(?P<one>[^`]*)`)")
        expected = []
        for status, message in document.table("Errors"):
            found = code.match(message)
            self.assertTrue(found, f"no message: {message}")
            expected.append((int(status), found["two"] or found["one"]))
        documented = [(status, message) for _, status, message in document.errors()]
        self.assertEqual(sorted(documented), sorted(expected))

    def test_its_limits_are_those_of_the_contract(self):
        description = document.DOCUMENT["info"]["description"]
        self.assertEqual(document.rows(description.split("## Limits")[1]), document.table("Limits"))

    def test_the_fields_of_a_profile_are_those_of_the_contract(self):
        # Properties may have any other name, so that no answer shows that one of these is missing.
        always = next(line for line in document.section("Retrieve").splitlines() if line.startswith("The answer always has"))
        rows = document.table("Fields with a meaning of their own")
        own = {name for field, _, kind in rows if "like a property" not in kind for name in names(field)}
        profile = document.DOCUMENT["components"]["schemas"]["Profile"]
        self.assertEqual(set(profile["required"]), set(names(always)))
        self.assertEqual(profile["properties"].keys(), {*names(always), *own, "email", "company_id", "company"})

    def test_required_fields_have_a_schema(self):
        for name, schema in document.DOCUMENT["components"]["schemas"].items():
            self.assertLessEqual(set(schema.get("required", ())), schema.get("properties", {}).keys(), name)

    def test_no_name_of_an_error_stands_twice(self):
        names = [name for name, _, _ in document.errors()]
        self.assertEqual(sorted(names), sorted(set(names)))

    def test_every_component_is_used(self):
        text = document.PATH.read_text()
        # The answer to a path that no operation has.
        unused = {"EndpointNotFound"}
        for kind, components in document.DOCUMENT["components"].items():
            if kind != "securitySchemes":
                unused |= {name for name in components if f"#/components/{kind}/{name}'" not in text}
        self.assertEqual(unused, {"EndpointNotFound"})

    def test_every_example_of_an_answer_fits_its_schema(self):
        for _, method, operation in document.operations():
            for status, _, schema, examples in document.responses(operation):
                check = document.validator(schema)
                for name, value in examples.items():
                    with self.subTest(operation=operation["operationId"], status=status, example=name):
                        check.validate(value)

    def test_every_example_of_a_request_fits_its_schema(self):
        for _, _, operation in document.operations():
            bodies = document.resolved(operation.get("requestBody", {})).get("content", {}).values()
            # A parameter whose value is JSON has a content, too.
            contents = [*bodies, *(next(iter(sent.get("content", {}).values()), sent) for sent in operation["parameters"])]
            for content in contents:
                check = document.validator(content["schema"])
                examples = {name: document.resolved(example)["value"] for name, example in content.get("examples", {}).items()}
                # It is about items that cannot be applied.
                examples.pop("with_errors", None)
                for name, value in {**examples, **({"": content["example"]} if "example" in content else {})}.items():
                    with self.subTest(operation=operation["operationId"], example=name):
                        check.validate(value)

    def test_every_operation_has_the_answers_that_any_request_may_get(self):
        for _, _, operation in document.operations():
            statuses = {int(status) for status in operation["responses"]}
            self.assertLessEqual({403, 408, 413, 422, 429, 500, 503, 504}, statuses, operation["operationId"])


def names(text: str) -> list:
    """Returns the names of fields in a text."""
    return [name for name in re.findall(r"`(\w+)`", text) if name != "null"]
