"""The forms that the deployed template takes while its tables are exchanged.

A stack cannot be given another name for a table that it has. But it can let a table go, which `DeletionPolicy` keeps, and import
another one in its place. An import changes nothing else, so functions must name their tables literally in the meantime.
"""

from __future__ import annotations

import copy
import re

from console import Failure

FUNCTION = "AWS::Lambda::Function"
KEPT = ("Retain", "RetainExceptOnCreate")


def stopped(template: dict) -> dict:
    """Returns the template with its functions stopped, where it sets their concurrency itself: an update could start them."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == FUNCTION and "ReservedConcurrentExecutions" in resource["Properties"]:
            resource["Properties"]["ReservedConcurrentExecutions"] = 0
    return template


def detached(template: dict, names: dict) -> dict:
    """Returns the template without these tables (names by logical id). What referred to them names them."""
    template = stopped(template)
    for logical in names:
        resource = template["Resources"].pop(logical)
        if resource.get("DeletionPolicy") not in KEPT:
            raise Failure(f"{logical} would be deleted when the stack lets it go: its DeletionPolicy is not Retain")
    result = literal(template, names)
    left = sorted(references(result) & set(names))
    if left:
        raise Failure(f"the template refers to {', '.join(left)} in a way that this command can't replace by a name")
    return result


def importing(current: dict, template: dict, tables: list) -> dict:
    """Returns the current template with the definitions of these tables added from another one."""
    current = copy.deepcopy(current)
    current["Resources"].update({logical: template["Resources"][logical] for logical in tables})
    return current


def arn(name: str) -> str:
    return f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{name}"


def literal(value, names: dict):
    """Replaces references to tables by their names."""
    if isinstance(value, list):
        return [literal(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in names:
        return names[value["Ref"]]
    if "Fn::GetAtt" in value:
        logical, attribute = attribute_of(value["Fn::GetAtt"])
        if logical in names and attribute == "Arn":
            return {"Fn::Sub": arn(names[logical])}
    if "Fn::Sub" in value:
        text, *variables = [value["Fn::Sub"]] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"]
        text = re.sub(r"\$\{(\w+)(\.Arn)?\}", lambda found: substitute(found, names), text)
        return {"Fn::Sub": [text, *literal(variables, names)] if variables else text}
    result = {key: literal(item, names) for key, item in value.items()}
    if "DependsOn" in result:
        others = [logical for logical in listed(result["DependsOn"]) if logical not in names]
        result = {**result, "DependsOn": others} if others else {key: item for key, item in result.items() if key != "DependsOn"}
    return result


def substitute(found: re.Match, names: dict) -> str:
    if found[1] not in names:
        return found[0]
    return arn(names[found[1]]) if found[2] else names[found[1]]


def references(value) -> set:
    """Returns the logical ids that a part of a template refers to."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(references, value.values()))
    if isinstance(value.get("Ref"), str):
        found.add(value["Ref"])
    if "Fn::GetAtt" in value:
        found.add(attribute_of(value["Fn::GetAtt"])[0])
    if "Fn::Sub" in value:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        found.update(re.findall(r"\$\{(\w+)[.\w]*\}", text))
    if "DependsOn" in value:
        found.update(listed(value["DependsOn"]))
    return found


def attribute_of(value) -> tuple:
    logical, attribute = value.split(".", 1) if isinstance(value, str) else value
    return logical, attribute


def listed(value) -> list:
    return [value] if isinstance(value, str) else value
