"""How does a model of a file look to an editor? As JSON Schema, in the forms that YAML may have.

Draft 7 is what the YAML editors read. pydantic makes the schema from the model; here it learns what
the files may say besides (`yes`, short forms) and loses what is no help to a person typing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

DRAFT = "http://json-schema.org/draft-07/schema#"
Schema = dict[str, Any]

_REF = "#/definitions/"
_HOLD_NAMES = ("definitions", "dependencies", "patternProperties", "properties")
_FLAG = {"enum": [True, False, "yes", "no"]}
_DAY = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_NUMBER_AS_TEXT = {"type": "string", "pattern": r"^[-+]?[0-9]+(\.[0-9]+)?$"}


def ref(name: str) -> Schema:
    """A reference to a definition of the same document."""
    return {"$ref": _REF + name}


def any_of(*forms: Schema) -> Schema:
    return {"anyOf": list(forms)}


def closed(properties: Mapping[str, Schema], **more: Any) -> Schema:
    """An object that may have these keys and no other."""
    return {
        "type": "object",
        "properties": dict(properties),
        **more,
        "additionalProperties": False,
    }


def list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1}


def schema_of(
    model: type[BaseModel],
    *,
    short_forms: Mapping[type[BaseModel], tuple[Schema, ...]] | None = None,
    help_texts: Mapping[type[BaseModel], Mapping[str, str]] | None = None,
) -> Schema:
    """The JSON Schema of the files that `model` reads; its parts are under `definitions` by name.

    `short_forms` are what a model's own before-validator accepts besides keys and values,
    `help_texts` what is said of a model's keys ("" is the model itself). Raises TypeError for a
    before-validator whose forms nobody describes.
    """
    generator = _Generator(short_forms or {}, help_texts or {})
    made = generator.generate(TypeAdapter(model).core_schema, mode="validation")
    made["definitions"] = made.pop("$defs", {})
    tidied: Schema = _tidied(made)
    return tidied


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with the forms of this house."""

    def __init__(
        self,
        short_forms: Mapping[type[BaseModel], tuple[Schema, ...]],
        help_texts: Mapping[type[BaseModel], Mapping[str, str]],
    ) -> None:
        super().__init__(by_alias=True, ref_template=_REF + "{model}")
        self._short_forms = short_forms
        self._help = help_texts

    def bool_schema(self, schema: core_schema.BoolSchema) -> Schema:
        return dict(_FLAG)

    def date_schema(self, schema: core_schema.DateSchema) -> Schema:
        return dict(_DAY)

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Schema:
        bounds = {"ge": "minimum", "le": "maximum"}
        limits = {word: float(schema[key]) for key, word in bounds.items() if key in schema}  # type: ignore[literal-required]
        return any_of({"type": "number", **limits}, dict(_NUMBER_AS_TEXT))

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        made = super().model_schema(schema)
        said = self._help.get(schema["cls"], {})
        properties = made.get("properties", {})
        for name, text in said.items():
            if name:
                properties[name] = {**properties[name], "description": text}
        if "" in said:
            made["description"] = said[""]
        short = self._short_forms.get(schema["cls"], ())
        return any_of(*short, made) if short else made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Schema:
        described = {model.__name__ for model in self._short_forms}
        is_of_a_described_model = schema["schema"].get("model_name") in described
        if "json_schema_input_schema" not in schema and not is_of_a_described_model:
            raise TypeError(f"what {schema['function']['function']} accepts is not described")
        return super().function_before_schema(schema)


def _tidied(node: Any) -> Any:
    """The schema in draft 7, without titles, empty defaults and line breaks of docstrings."""
    match node:
        case dict():
            return _closed_names(
                {key: _part(key, value) for key, value in node.items() if _helps(key, value)}
            )
        case list():
            return [_tidied(item) for item in node]
        case _:
            return node


def _helps(key: str, value: Any) -> bool:
    if key == "title":
        return False
    return key != "default" or isinstance(value, str | int | float)


def _part(key: str, value: Any) -> Any:
    if key in _HOLD_NAMES:
        return {name: _tidied(inner) for name, inner in value.items()}
    if key == "description":
        return "\n\n".join(" ".join(part.split()) for part in value.split("\n\n"))
    return value if key in ("default", "enum", "const") else _tidied(value)


def _closed_names(made: Schema) -> Schema:
    """Keys of a declared pattern or list are the only ones, and a list of keys is offered."""
    if "prefixItems" in made:
        made["items"] = made.pop("prefixItems")
        made["additionalItems"] = False
    if "patternProperties" in made:
        made.setdefault("additionalProperties", False)
    names = made.get("propertyNames", {}).get("enum")
    if names and isinstance(made.get("additionalProperties"), dict):
        del made["propertyNames"]
        made["properties"] = dict.fromkeys(names, made["additionalProperties"])
        made["additionalProperties"] = False
    return made
