"""PagerDuty's OpenAPI document, relaxed to what PagerDuty really answers.

Each relaxation is general, and stands here with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

from tests.support.shared_files import shared_file

Schema = dict[str, Any]
NEVER_NULL = frozenset({"id", "type"})


def null_is_an_answer(schema: Schema) -> None:
    """Let every property but id and type be null: almost nothing is declared nullable."""
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for name, declared in properties.items():
            if name not in NEVER_NULL and isinstance(declared, dict):
                properties[name] = {"anyOf": [declared, {"type": "null"}]}


def declared_null_is_an_answer(schema: Schema) -> None:
    """Turn OpenAPI's ``nullable`` into a type that JSON Schema knows."""
    if schema.pop("nullable", False) is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]


def a_reference_may_be_expanded(schema: Schema) -> None:
    """Let a ``*_reference`` be the full record: ``include[]`` puts it there."""
    names = schema.get("enum")
    if isinstance(names, list):
        bare = [name.removesuffix("_reference") for name in names if isinstance(name, str)]
        schema["enum"] = [*names, *(name for name in bare if name not in names)]


def alternatives_may_overlap(schema: Schema) -> None:
    """Let a value match several alternatives: some are objects without any required field."""
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")


def a_list_may_be_empty(schema: Schema) -> None:
    """Drop minimum lengths of lists: mail filters and parsers come as empty lists."""
    if isinstance(schema.get("minItems"), int):
        del schema["minItems"]


def a_text_may_be_long(schema: Schema) -> None:
    """Drop limits of texts, which bind those who write, and which hostile names break."""
    for name in ("minLength", "maxLength", "pattern"):
        if isinstance(schema.get(name), int | str):
            del schema[name]


def a_strategy_has_three_forms(schema: Schema) -> None:
    """Accept any assignment strategy: schema, examples and clients disagree about its type."""
    properties = schema.get("properties")
    if isinstance(properties, dict) and "escalation_rule_assignment_strategy" in properties:
        properties["escalation_rule_assignment_strategy"] = {}


def the_deleted_are_marked(schema: Schema) -> None:
    """Let whoever is named say when they were deleted: undocumented, seen by several clients."""
    properties = schema.get("properties")
    if isinstance(properties, dict) and (
        {"self", "html_url"} <= properties.keys() or "user_id" in properties
    ):
        properties.setdefault("deleted_at", {"type": "string", "format": "date-time"})


RELAXATIONS: tuple[Callable[[Schema], None], ...] = (
    a_strategy_has_three_forms,
    declared_null_is_an_answer,
    a_reference_may_be_expanded,
    alternatives_may_overlap,
    a_list_may_be_empty,
    a_text_may_be_long,
    the_deleted_are_marked,
    null_is_an_answer,
)


def relax(node: Any) -> None:
    """Apply every relaxation to every schema at and below *node*."""
    if isinstance(node, list):
        for each in node:
            relax(each)
    elif isinstance(node, dict):
        for name, each in node.items():
            if name not in {"example", "examples", "enum", "default"} or "type" not in node:
                relax(each)
        for relaxation in RELAXATIONS:
            relaxation(node)


class OfficialDocument:
    """The relaxed document, and validators for its answers."""

    def __init__(self) -> None:
        path = shared_file("pagerduty-openapi.json")
        self.strict: Schema = json.loads(path.read_text(encoding="utf-8"))
        self.relaxed: Schema = json.loads(path.read_text(encoding="utf-8"))
        relax(self.relaxed)
        self._validators: dict[tuple[str, str, str], Draft4Validator] = {}

    def problems(self, method: str, path: str, status: int, content: Any) -> list[str]:
        """Return what in an answer contradicts the document."""
        key = (method.lower(), path, str(status))
        if key not in self._validators:
            self._validators[key] = self._validator(*key)
        errors = self._validators[key].iter_errors(content)
        return [f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in errors]

    def _validator(self, method: str, path: str, status: str) -> Draft4Validator:
        responses = self.relaxed["paths"][path][method]["responses"]
        where = f"#/paths/{escaped(path)}/{method}/responses/{status}"
        if "$ref" in responses[status]:
            where = responses[status]["$ref"]
        schema = {**self.relaxed, "$ref": f"{where}/content/application~1json/schema"}
        return Draft4Validator(schema, format_checker=FormatChecker(["date-time"]))


def escaped(name: str) -> str:
    """Return a key as a part of a JSON pointer inside a URL."""
    return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
