"""Does an editor's schema say what the model's file may say, and no less?"""

from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from salesadvisor.playbook.json_schema import schema_of
from salesadvisor.playbook.schema_help import HELP


class Inner(BaseModel):
    """Says
    what it is."""

    model_config = ConfigDict(extra="forbid")
    name: str

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class Outer(BaseModel):
    flag: bool = False
    share: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    by_name: dict[Annotated[str, Field(pattern="^[a-z]+$")], int] = Field(default_factory=dict)
    by_word: dict[Literal["a", "b"], int] = Field(default_factory=dict)
    pair: tuple[int, int] = (0, 0)


class Quiet(BaseModel):
    some: Annotated[list[str], BeforeValidator(lambda value: [value])]


def test_yes_and_no_are_flags_as_true_and_false_are() -> None:
    assert schema_of(Outer)["properties"]["flag"]["enum"] == [True, False, "yes", "no"]


def test_a_decimal_keeps_its_bounds_and_may_be_text() -> None:
    number, text, nothing = schema_of(Outer)["properties"]["share"]["anyOf"]
    assert number == {"type": "number", "minimum": 0, "maximum": 100}
    assert text["type"] == "string"
    assert nothing == {"type": "null"}


def test_keys_of_a_pattern_are_the_only_ones() -> None:
    by_name = schema_of(Outer)["properties"]["by_name"]
    assert by_name["patternProperties"] == {"^[a-z]+$": {"type": "integer"}}
    assert by_name["additionalProperties"] is False


def test_keys_of_a_list_are_offered_one_by_one() -> None:
    by_word = schema_of(Outer)["properties"]["by_word"]
    assert by_word["properties"] == {"a": {"type": "integer"}, "b": {"type": "integer"}}
    assert by_word["additionalProperties"] is False


def test_a_pair_is_written_as_draft_7_has_it() -> None:
    pair = schema_of(Outer)["properties"]["pair"]
    assert pair["items"] == [{"type": "integer"}, {"type": "integer"}]
    assert pair["additionalItems"] is False


def test_a_short_form_stands_beside_keys_and_values() -> None:
    short, whole = schema_of(Inner, short_forms={Inner: ({"type": "string"},)})["anyOf"]
    assert short == {"type": "string"}
    assert whole["description"] == "Says what it is."
    assert whole["additionalProperties"] is False


@pytest.mark.parametrize("model", [Inner, Quiet])
def test_what_a_validator_accepts_must_be_described(model: type[BaseModel]) -> None:
    with pytest.raises(TypeError, match="is not described"):
        schema_of(model)


def test_help_is_said_of_keys_that_exist() -> None:
    for model, texts in HELP.items():
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert texts.keys() - keys - {""} == set(), model.__name__
        assert all(text.endswith(".") for text in texts.values()), model.__name__
