"""What does a mapping file say about somebody else's table? Its schema, closed and checked.

Two shapes: `event_log` (a row is an event) and `snapshot` (a row is a deal with its outcome). What
a row means is said in the words of the native event file, `{event: stage_changed, to: offer}`; a
value that stands in the row is named by its column, `{column: amount}`.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from salesadvisor.domain.elements import KeyPath, Misfit
from salesadvisor.domain.events import DEFAULT_CRM, ENVELOPE, EVENT_TYPES, one_line
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.errors import MappingError
from salesadvisor.playbook.yaml_file import Document, load_yaml, validate
from salesadvisor.sources.header import DELIMITERS

Name = Annotated[str, Field(min_length=1, max_length=500)]
IGNORE = "ignore"
OPEN = "open"
STAGE_KEYS = {"opened": "stage", "stage_changed": "to", "reopened": "stage"}
SHAPES = ("event_log", "snapshot")
OUTCOMES = ("won", "lost", "no_decision", "cancelled", "voided")
# A correction has a key `event` of its own, which the name of the event leaves no room for.
SAYABLE = tuple(kind for kind, model in EVENT_TYPES.items() if "event" not in model.model_fields)


class Part(BaseModel):
    """A part of a mapping: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise Misfit((), f"unknown timezone '{name}'", "write it as Europe/Amsterdam") from None
    return name


def _known_delimiter(text: str) -> str:
    if text not in DELIMITERS:
        raise Misfit((), f"unknown delimiter '{text}'", 'write one of ",", ";", "\\t", "|"')
    return text


def _complete_format(pattern: str) -> str:
    """A pattern of strptime that names a day."""
    day = datetime(2026, 1, 31, tzinfo=UTC)
    try:
        read = datetime.strptime(day.strftime(pattern), pattern).date()  # noqa: DTZ007
    except ValueError as error:
        raise Misfit((), str(error), 'write it as "%d.%m.%Y %H:%M"') from None
    if read != day.date():
        raise Misfit((), f"'{pattern}' names no day", 'write it as "%d.%m.%Y %H:%M"')
    return pattern


class FileForm(Part):
    """How the file is written. Without `timezone`, a time must have an offset."""

    delimiter: Annotated[str, AfterValidator(_known_delimiter)] | None = None
    encoding: Literal["utf-8", "cp1252", "iso-8859-1", "iso-8859-15"] = "utf-8"
    timezone: Annotated[str, AfterValidator(_known_zone)] | None = None
    time_format: Annotated[str, AfterValidator(_complete_format)] | None = None
    decimal: Literal[".", ","] = "."
    nulls: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.timezone) if self.timezone else None


class Cell(Part):
    """A value that stands in the row, under `column`; a lookup's column is `lookup.column`."""

    column: Name
    number: bool = False
    optional: bool = False  # the file may lack the column


def _cell(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


NamedCell = Annotated[Cell, BeforeValidator(_cell, json_schema_input_type=str | Cell)]


class Lookup(Part):
    """Another CSV file beside the data, joined where its `key` equals the row's `match`."""

    file: Name
    key: Name
    match: Name | None = None  # the row's column; without it, that of the same name as `key`


class PipelineForm(Part):
    """The pipeline all deals run through, its stages in order."""

    name: Name
    stages: tuple[Name, ...] = Field(min_length=1)


class Say(BaseModel):
    """One event that a row means: its name, and its data as literals or cells."""

    model_config = ConfigDict(frozen=True, extra="allow")
    event: str

    @model_validator(mode="after")
    def _makes_an_event(self) -> Say:
        model = EVENT_TYPES.get(self.event)
        if model is None:
            cure = did_you_mean(self.event, [*EVENT_TYPES, IGNORE])
            raise Misfit(("event",), f"unknown event '{self.event}'", cure)
        given = self.model_extra or {}
        known = {field.alias or name for name, field in model.model_fields.items()} - ENVELOPE
        for key, value in given.items():
            if key not in known:
                raise Misfit((key,), f"'{self.event}' has no '{key}'", did_you_mean(key, known))
            if isinstance(value, dict):
                _check_cell(key, value)
        _check_literals(model, self.literals, self.cells)
        return self

    @property
    def literals(self) -> dict[str, Any]:
        """The data that is the same for every row."""
        return {k: v for k, v in (self.model_extra or {}).items() if not isinstance(v, dict)}

    @property
    def cells(self) -> dict[str, Cell]:
        """The data that each row brings."""
        extra = self.model_extra or {}
        return {k: Cell.model_validate(v) for k, v in extra.items() if isinstance(v, dict)}


def _check_cell(key: str, value: dict[str, Any]) -> None:
    try:
        Cell.model_validate(value)
    except ValidationError as error:
        raise Misfit((key,), one_line(error), "write {column: NAME}") from None


def _check_literals(model: type[BaseModel], literals: dict[str, Any], cells: Any) -> None:
    some_time = datetime(2000, 1, 1, tzinfo=UTC)
    envelope = {"subject_id": "1", "source_id": "1", "occurred_at": some_time}
    try:
        model.model_validate({**literals, **envelope})
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            key, *_ = problem["loc"]
            if problem["type"] == "missing" and key not in cells:
                raise Misfit((), f"'{key}' is missing", f"add {key}: ..., or a column") from None
            if key not in cells:
                raise Misfit((str(key),), one_line(error), "correct it") from None


def _says(value: Any) -> Any:
    """A word is an event without data, a list is several events."""
    if value == []:
        raise Misfit((), "says no event", "write what it means, or leave it out")
    items = value if isinstance(value, list) else [value]
    return tuple({"event": item} if isinstance(item, str) else item for item in items)


def _bare_events() -> list[str]:
    """The events that a word says, because they need no data."""
    some = ((kind, EVENT_TYPES[kind].model_fields) for kind in SAYABLE)
    return [
        kind
        for kind, known in some
        if not any(field.is_required() for name, field in known.items() if name not in ENVELOPE)
    ]


BareEvent = Annotated[str, Field(json_schema_extra={"enum": _bare_events()})]
SaidAs = BareEvent | Say | Annotated[list[BareEvent | Say], Field(min_length=1)]


def _none_if(word: str) -> BeforeValidator:
    return BeforeValidator(
        lambda value: () if value == word else _says(value),
        json_schema_input_type=Literal[word] | SaidAs,
    )


Says = Annotated[tuple[Say, ...], BeforeValidator(_says, json_schema_input_type=SaidAs)]
SaysOrIgnore = Annotated[tuple[Say, ...], _none_if(IGNORE)]
OutcomeOrOpen = Annotated[tuple[Say, ...], _none_if(OPEN)]


class TableForm(Part):
    """What both shapes have. `clean` replaces values, by column, before anything else sees them."""

    crm: Name = DEFAULT_CRM
    file: FileForm = FileForm()
    pipeline: PipelineForm
    currency: Name | None = None
    clean: dict[Name, dict[str, str]] = Field(default_factory=dict)
    lookups: dict[Name, Lookup] = Field(default_factory=dict)
    attributes: dict[Name, NamedCell] = Field(default_factory=dict)

    def _check_stages(self, says: MappingOf[KeyPath, Say]) -> None:
        for path, say in says.items():
            key = STAGE_KEYS.get(say.event)
            stage = say.literals.get(key) if key else None
            if stage is not None and stage not in self.pipeline.stages:
                cure = did_you_mean(stage, self.pipeline.stages)
                raise Misfit((*path, key or ""), f"unknown stage '{stage}'", cure)


class EventColumns(Part):
    """Where a CSV event log keeps what; a name not given is that of the XES standard.

    In an XES log the first five have the standard's names, whatever stands here.
    """

    deal: Name = "case:concept:name"
    time: Name = "time:timestamp"
    activity: Name = "concept:name"
    lifecycle: Name = "lifecycle:transition"  # only if the file has it
    actor: Name = "org:resource"  # only if the file has it
    recorded: Name | None = None
    owner: Name | None = None

    def as_in_xes(self) -> EventColumns:
        """These columns, under the standard's names."""
        return EventColumns(recorded=self.recorded, owner=self.owner)


class Lifecycle(Part):
    """What the lifecycle column says of an activity, in any case. Empty means complete."""

    planned: tuple[Name, ...] = ("schedule",)
    start: tuple[Name, ...] = ("start",)
    complete: tuple[Name, ...] = ("complete",)
    ignore: tuple[Name, ...] = ()


class Together(Part):
    """Activities that are one event if they come within so many seconds of the first of them."""

    activities: tuple[Name, ...] = Field(min_length=2)
    within_seconds: Annotated[int, Field(ge=0)] = 60
    as_: Says = Field(alias="as", min_length=1)


class OwnerForm(Part):
    """Who owns a deal: the actor (or `columns.owner`) of the latest of these activities."""

    activities: tuple[Name, ...] = ()  # without it, any
    never: tuple[Name, ...] = ()  # names of machines


class EventLogForm(TableForm):
    """A row is an event: a deal, a time, an activity."""

    shape: Literal["event_log"]
    columns: EventColumns = EventColumns()
    lifecycle: Lifecycle = Lifecycle()
    activities: dict[Name, SaysOrIgnore] = Field(min_length=1)
    together: tuple[Together, ...] = ()
    owner: OwnerForm | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> EventLogForm:
        known = set(self.activities)
        for at, group in enumerate(self.together):
            for name in group.activities:
                if name in known:
                    path = ("together", at, "activities")
                    raise Misfit(path, f"'{name}' is declared twice", "keep one")
                known.add(name)
        for at, name in enumerate(self.owner.activities if self.owner else ()):
            if name not in known:
                cure = did_you_mean(name, known)
                raise Misfit(("owner", "activities", at), f"unknown activity '{name}'", cure)
        self._check_stages(
            {("activities", name): say for name, says in self.activities.items() for say in says}
        )
        return self


class SnapshotColumns(Part):
    """Where a snapshot keeps what. A `stage` that deals are in needs the time they entered it."""

    deal: Name
    opened: Name
    outcome: Name
    closed: Name | None = None
    recorded: Name | None = None
    stage: Name | None = None
    stage_entered: Name | None = None


def _opening(value: Any) -> Any:
    return {"event": "opened", **value} if isinstance(value, dict) else value


Opening = Annotated[Say, BeforeValidator(_opening, json_schema_input_type=Say)]


class SnapshotForm(TableForm):
    """A row is a deal: when it opened, what was known then, when and how it closed.

    `opened` and `attributes` must hold what was known at the opening; what only the end tells (the
    amount won, say) belongs to an outcome, and under `never_a_feature` no one can mistake it.
    """

    shape: Literal["snapshot"]
    columns: SnapshotColumns
    opened: Opening = Say(event="opened")
    outcomes: dict[str, OutcomeOrOpen] = Field(min_length=1)
    never_a_feature: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> SnapshotForm:
        self._check_stages({("opened",): self.opened})
        for name, says in self.outcomes.items():
            if len(says) > 1 or any(say.event not in OUTCOMES for say in says):
                wanted = f"write one of {', '.join(OUTCOMES)}, {OPEN}"
                raise Misfit(("outcomes", name), "is not one outcome", wanted)
        if any(self.outcomes.values()) and not self.columns.closed:
            raise Misfit(("columns",), "'closed' is missing", "name the column of the close date")
        if self.columns.stage and not self.columns.stage_entered:
            cure = "name the column with the time the stage was entered, or leave 'stage' out"
            raise Misfit(("columns", "stage"), "a stage without a time is not a fact", cure)
        self._check_features()
        return self

    def _check_features(self) -> None:
        known_early = {("opened", k): c.column for k, c in self.opened.cells.items()}
        known_early |= {("attributes", k): c.column for k, c in self.attributes.items()}
        for path, column in known_early.items():
            if column in self.never_a_feature:
                cure = "use it in an outcome only"
                raise Misfit(path, f"'{column}' is declared as never_a_feature", cure)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file as read; `document` knows the line of everything in it."""

    form: EventLogForm | SnapshotForm
    document: Document

    @property
    def pipeline(self) -> PipelineForm:
        return self.form.pipeline


def load_mapping(path: Path) -> Mapping:
    """The mapping file at `path`; raises MappingError with its line and a cure."""
    document = load_yaml(path, error=MappingError)
    shape = document.data.get("shape") if isinstance(document.data, dict) else None
    if shape not in SHAPES:
        problem = f"unknown shape '{shape}'" if shape else "'shape' is missing"
        cure = did_you_mean(str(shape), SHAPES) if shape else "add 'shape: event_log' or snapshot"
        raise document.wrong(("shape",), problem, cure)
    if shape == "snapshot":
        return Mapping(validate(SnapshotForm, document), document)
    return Mapping(validate(EventLogForm, document), document)
