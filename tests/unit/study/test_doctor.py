"""Does the doctor see each fault, count it right, and leave a sound history alone?"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shared_data

from salesadvisor.domain.events import Event, event_payload, parse_event
from salesadvisor.domain.strategy import Strategy
from salesadvisor.errors import SourceError
from salesadvisor.log.columns import Log
from salesadvisor.log.projector import Stored
from salesadvisor.log.segments import LogFolder
from salesadvisor.playbook.playbook import find_playbook, load_playbook
from salesadvisor.sources import open_source
from salesadvisor.sources.importing import Imported, import_source
from salesadvisor.sources.sample import SampleSpec, write_sample
from salesadvisor.store import Store
from salesadvisor.study.doctor import Examination, Finding, examine

MAPPINGS = Path(__file__).parents[3] / "mappings"
START = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
STRATEGY = Strategy.model_validate(
    {
        "name": "made up",
        "currency": "EUR",
        "attributes": {"size": {"values": ["small", "large"]}, "seats": {"number": True}},
        "process": {
            "pipelines": [
                {"name": "default", "stages": [{"name": "lead"}, {"name": "offer", "late": True}]}
            ],
            "criteria": {"need_confirmed": "The buyer said so"},
        },
        "value_proposition": {"claims": [{"id": "fast", "text": "We are fast"}]},
        "relationships": {"roles": ["buyer"]},
        "conversations": {"topics": ["pricing"]},
        "crm": {"logging_days": 3, "backdating_days": 30},
    }
)
OPENING = {
    "stage": "lead", "amount": "1000", "currency": "EUR", "owner": "Ada", "account": "acme",
    "close_date": "2025-06-01", "attributes": {"size": "small"},
}  # fmt: skip


class Deal:
    """Writes a deal's history, an hour between what was not given a time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[Event] = []

    def did(
        self,
        event: str,
        /,
        *,
        days: float | None = None,
        told: float = 0.0,
        source_id: str | None = None,
        **data: Any,
    ) -> Deal:
        """An event `days` after the start, recorded `told` days later."""
        hours = timedelta(hours=len(self.events))
        at = START + (hours if days is None else timedelta(days=days))
        fields = {
            "subject_id": self.name,
            "occurred_at": at,
            "recorded_at": at + timedelta(days=told) + timedelta(minutes=5),
            "source_id": source_id or f"{self.name}.{len(self.events)}",
            **data,
        }
        self.events.append(parse_event(event, fields))
        return self

    def opened(self, *, days: float | None = None, without: str = "", **data: Any) -> Deal:
        said = {name: value for name, value in OPENING.items() if name != without} | data
        return self.did("opened", days=days, **said)


def call(deal: Deal, **how: Any) -> Deal:
    said = {"kind": "call", "direction": "out", "contact": "Bo", **how}
    return deal.did("activity", **said)


def log_of(folder: Path, *deals: Deal) -> Log:
    """The log of these deals, stored deal after deal."""
    events = [event for deal in deals for event in deal.events]
    stored = [
        Stored(position, event.KIND, event_payload(event))
        for position, event in enumerate(events, start=1)
    ]
    places = {(event.subject_id, event.source_id): at for at, event in enumerate(events, start=1)}
    return LogFolder(folder, "made-up").catch_up(
        lambda after, limit: stored[after : after + limit],
        lambda crm, deal, source_id: places.get((deal, source_id)),
        len(stored),
    )


@pytest.fixture
def examined(tmp_path: Path) -> partial[Examination]:
    return partial(_examined, tmp_path)


def _examined(folder: Path, *deals: Deal) -> Examination:
    return examine(log_of(folder / str(len(list(folder.iterdir()))), *deals), STRATEGY)


def found(examination: Examination, code: str) -> Finding:
    finding = examination.finding(code)
    assert finding is not None, [one.code for one in examination.findings]
    return finding


def sound() -> Deal:
    deal = Deal("sound").opened().did("contact_added", contact="Bo", role="buyer")
    return call(deal).did("stage_changed", to="offer").did("won", amount="1000", currency="EUR")


def test_a_sound_history_has_nothing_but_too_few_wins(examined: partial[Examination]) -> None:
    examination = examined(sound())
    assert [one.code for one in examination.findings] == ["few_won"]
    assert (examination.events, examination.deals, examination.won) == (5, 1, 1)
    assert {one.area for one in examination.verdicts if one.level == "fine"} >= {"timing", "stages"}


def test_an_activity_under_another_source_id_in_the_same_minute_was_logged_twice(
    examined: partial[Examination],
) -> None:
    deal = Deal("D").opened()
    for contact, seconds in (("Bo", 0), ("Bo", 20), ("Bo", 90), ("Cy", 0)):
        call(deal, contact=contact, days=1 + seconds / 86_400)
    finding = found(examined(deal), "logged_twice")
    assert (finding.count, finding.of) == (1, 4)
    assert finding.examples[0].position == 3
    assert "event 2" in finding.examples[0].text


def test_the_same_activity_in_two_deals_is_not_logged_twice(
    examined: partial[Examination],
) -> None:
    deals = [call(Deal(name).opened(), days=1) for name in ("D", "E")]
    assert examined(*deals).finding("logged_twice") is None


def test_what_happened_before_the_opening_and_after_the_close_is_told_apart_from_late_records(
    examined: partial[Examination],
) -> None:
    deal = Deal("D").did("stage_changed", to="offer", days=-7).opened(days=0)
    call(deal, days=-3, told=4)  # how the buyer was met
    call(deal, days=5, told=20)
    deal.did("lost", days=10, reason="price")
    call(deal, days=12)
    deal.did("reopened", days=20)
    call(deal, days=21)
    examination = examined(deal)
    assert found(examination, "before_opening").count == 1
    after = found(examination, "after_close")
    assert (after.count, after.examples[0].text) == (1, "an activity; lost on 2025-03-13")
    assert examination.finding("told_after_close") is None  # known only in the second cycle
    call(deal, days=5, told=6)
    assert found(examined(deal), "told_after_close").count == 1


def test_openings_closes_and_reopenings_that_do_not_fit_are_found(
    examined: partial[Examination],
) -> None:
    twice = Deal("twice").opened().opened(days=1).did("won", days=2).did("lost", days=3)
    again = Deal("again").opened().did("reopened", days=1)
    ghost = Deal("ghost").did("won", days=3)
    examination = examined(twice, again, ghost)
    assert found(examination, "opened_again").examples[0].deal == "twice"
    assert "another outcome" in found(examination, "closed_again").detail
    assert found(examination, "reopened_while_open").examples[0].deal == "again"
    assert found(examination, "never_opened").count == 1
    closed = found(examination, "closed_without_opening")
    assert (closed.count, closed.of, closed.level) == (1, 2, "unusable")
    assert examination.open == 1


def test_unknown_words_come_with_what_they_may_have_meant(
    examined: partial[Examination],
) -> None:
    deal = Deal("D").opened(attributes={"size": "smal", "seats": "many", "colour": "red"})
    deal.did("stage_changed", to="offr").did("stage_changed", to="OFFER")
    deal.did("stage_changed", to=" offer ").did("criterion_met", criterion="need_confirmd")
    deal.did("claim_presented", claim="fasst").did("contact_added", contact="Bo", role="buier")
    call(deal, topics=["pricng"])
    examination = examined(deal)
    texts = {one.code: one.examples[0].text for one in examination.findings if one.examples}
    assert texts["unknown_stage"] == "'offr'; did you mean 'offer'? (once)"
    assert texts["unknown_criterion"] == "'need_confirmd'; did you mean 'need_confirmed'? (once)"
    assert texts["unknown_claim"] == "'fasst'; did you mean 'fast'? (once)"
    assert texts["unknown_role"] == "'buier'; did you mean 'buyer'? (once)"
    assert texts["unknown_topic"].startswith("'pricng'; did you mean 'pricing'?")
    assert texts["unknown_attribute"].startswith("'colour'")
    values = {one.text for one in found(examination, "unknown_value").examples}
    assert values == {
        "'size: smal'; did you mean 'small'? (once)",
        "'seats: many'; a number is wanted (once)",
    }
    spelling = found(examination, "stage_spelling")
    assert (spelling.count, spelling.level) == (2, "fine")
    assert found(examination, "same_stage").count == 1


def test_a_pipeline_nobody_declared_is_named(examined: partial[Examination]) -> None:
    finding = found(examined(Deal("D").opened(pipeline="defalt")), "unknown_pipeline")
    assert "did you mean 'default'?" in finding.examples[0].text


@pytest.mark.parametrize(
    "field, code",
    [
        ("owner", "missing_owner"), ("amount", "missing_amount"), ("account", "missing_account"),
        ("close_date", "missing_close_date"), ("attributes", "missing_attributes"),
    ],
)  # fmt: skip
def test_a_field_that_the_opening_lacks_is_missing(
    field: str, code: str, examined: partial[Examination]
) -> None:
    finding = found(examined(sound(), Deal("D").opened(without=field)), code)
    assert (finding.count, finding.of, finding.examples[0].deal) == (1, 2, "D")


def test_an_owner_who_came_later_makes_a_missing_owner_harmless(
    examined: partial[Examination],
) -> None:
    deal = Deal("D").opened(without="owner").did("owner_changed", to="Bo")
    finding = found(examined(deal), "missing_owner")
    assert (finding.count, finding.level) == (1, "fine")
    assert finding.detail == "0 of them never got one."


def test_amounts_of_zero_in_another_currency_or_out_of_scale_are_found(
    examined: partial[Examination],
) -> None:
    amounts = ["1000", "1200", "900", "0", "900000", "5"]
    deals = [Deal(f"D{n}").opened(amount=amount) for n, amount in enumerate(amounts)]
    foreign = Deal("F").opened(currency="USD")
    examination = examined(*deals, foreign)
    assert found(examination, "zero_amount").examples[0].deal == "D3"
    assert {one.deal for one in found(examination, "outlying_amount").examples} == {"D4", "D5"}
    assert found(examination, "other_currency").detail == "USD 1"


def test_times_that_cannot_be_believed_are_found(examined: partial[Examination]) -> None:
    deal = call(Deal("D").opened(), days=1, told=40)
    call(deal, days=90, told=-2)
    call(call(deal, days=50), days=50, kind="meeting")
    examination = examined(deal)
    assert found(examination, "backdated").count == 1
    assert found(examination, "late_logging").count == 1
    assert found(examination, "recorded_before_it_happened").count == 1
    assert found(examination, "shared_timestamps").count == 2


def test_a_history_recorded_as_it_happened_cannot_exclude_look_ahead(tmp_path: Path) -> None:
    deal = Deal("D")
    for kind, data in (("opened", OPENING), ("lost", {"reason": "price"})):
        at = START + timedelta(days=len(deal.events))
        fields = {"subject_id": "D", "source_id": kind, "occurred_at": at, **data}
        deal.events.append(parse_event(kind, fields))
    examination = examine(log_of(tmp_path, deal), STRATEGY)
    assert found(examination, "no_recording_times").count == 2
    assert examination.median_delay_seconds is None
    timing = next(one for one in examination.verdicts if one.area == "timing")
    assert timing.text.startswith("not usable for backtests")


def test_an_open_deal_that_nobody_touched_for_a_year_is_silent(
    examined: partial[Examination],
) -> None:
    old, new = Deal("old").opened(), Deal("new").opened(days=366)
    finding = found(examined(old, new), "silent_year")
    assert (finding.count, finding.of) == (1, 2)
    assert finding.examples[0].text == "last heard of on 2025-03-03"


def test_what_was_corrected_is_no_fault_any_more(examined: partial[Examination]) -> None:
    deal = Deal("D").opened(without="owner").did("lost", days=5)
    fixed = {"corrects": "D.1", "event": "lost", "fact": {"reason": "price"}}
    before = examined(deal)
    assert before.finding("lost_without_reason") is not None
    deal.did("corrected", days=6, fact_occurred_at=START + timedelta(days=5), **fixed)
    opening = {"corrects": "D.0", "event": "opened", "fact": OPENING, "fact_occurred_at": START}
    deal.did("corrected", days=7, **opening)
    after = examined(deal)
    assert after.finding("lost_without_reason") is None
    assert after.finding("missing_owner") is None
    assert after.lost == 1
    assert after.finding("after_close") is None


def test_a_retracted_event_is_gone_and_a_lost_correction_is_told(
    examined: partial[Examination],
) -> None:
    deal = Deal("D").opened().did("lost", days=5).did("retracted", days=6, retracts="D.1")
    deal.did("retracted", days=7, retracts="nowhere")
    examination = examined(deal)
    assert (examination.lost, examination.open) == (0, 1)
    finding = found(examination, "lost_correction")
    assert (finding.count, finding.of, finding.examples[0].position) == (1, 2, 4)


def test_an_empty_log_has_no_faults(tmp_path: Path) -> None:
    examination = examine(log_of(tmp_path), STRATEGY)
    assert (examination.events, examination.findings) == (0, ())
    assert all(one.level == "fine" for one in examination.verdicts)


def test_a_file_that_is_no_rejects_file_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "x.rejects.jsonl"
    wrong.write_text('{"file": "a.csv", "line": 3, "reason": "no date"}\n[]\n')
    with pytest.raises(SourceError, match=r"x\.rejects\.jsonl:2: is no line of a rejects file"):
        examine(log_of(tmp_path / "log"), STRATEGY, rejects=[wrong])


@pytest.fixture(scope="module")
def sample(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Examination, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("sample")
    spec = SampleSpec(deals=300, accounts=60, reps=4, start=date(2024, 6, 1))
    files = write_sample(spec, folder)
    strategy = load_playbook(find_playbook("clinical_research")).strategy
    return _imported(folder, files.events, None, strategy)[0], json.loads(files.truth.read_text())


def _imported(
    folder: Path, file: Path, mapping: Path | None, strategy: Strategy
) -> tuple[Examination, Imported]:
    with Store.open(folder / "store.sqlite") as store:
        source = open_source(file, "auto", mapping)
        done = import_source(store, source, rejects_in=folder, learned_at=START)
        log = LogFolder(folder / "log", store.store_id).catch_up(
            lambda after, limit: [
                Stored(raw.position, raw.kind, raw.state) for raw in store.read_raw(after, limit)
            ],
            store.position_of,
            store.head().position,
        )
        rejects = [done.rejects_file] if done.rejects_file else []
        return examine(log, strategy, read_raw=store.read_raw, rejects=rejects), done


@pytest.mark.parametrize(
    "planted, code",
    [
        ("activities_logged_twice_with_another_source_id", "logged_twice"),
        ("lost_without_reason", "lost_without_reason"),
        ("opened_without_amount", "missing_amount"),
        ("opened_without_attributes", "missing_attributes"),
        ("opened_without_owner", "missing_owner"),
        ("stage_changes_before_the_deal_was_opened", "before_opening"),
        ("stage_changes_to_an_unknown_stage", "unknown_stage"),
        ("stage_changes_with_mixed_case_label", "stage_spelling"),
        ("unreadable_rows", "rejected_rows"),
    ],
)
def test_every_fault_planted_in_the_sample_is_counted_exactly(
    planted: str, code: str, sample: tuple[Examination, dict[str, Any]]
) -> None:
    examination, truth = sample
    assert truth["dirt"][planted] > 0
    assert found(examination, code).count == truth["dirt"][planted]


def test_events_planted_after_a_close_are_found_among_those_the_sample_has_anyway(
    sample: tuple[Examination, dict[str, Any]],
) -> None:
    examination, truth = sample
    planted = truth["dirt"]["events_after_the_close"]
    assert planted <= found(examination, "after_close").count <= planted + 3


def test_examples_name_the_source_id_of_their_event(
    sample: tuple[Examination, dict[str, Any]],
) -> None:
    examination, _ = sample
    for example in found(examination, "missing_owner").examples:
        assert example.source_id == f"{example.deal}.1"


def a_strategy(pipeline: str, stages: str, attributes: dict[str, Any]) -> Strategy:
    listed = [{"name": stage} for stage in stages.split()]
    return Strategy.model_validate(
        {
            "name": pipeline,
            "currency": "USD",
            "attributes": attributes,
            "process": {"pipelines": [{"name": pipeline, "stages": listed}]},
        }
    )


@pytest.mark.shared
def test_maven_has_the_dirt_of_its_description(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    words = (MAPPINGS / "maven_crm.yaml").read_text(encoding="utf-8")
    uncleaned = words[: words.index("clean:")] + words[words.index("lookups:") :]
    mapping = tmp_path / "maven.yaml"
    mapping.write_text(uncleaned, encoding="utf-8")
    attributes = {
        "sector": {"values": ["technology", "medical", "retail", "software", "entertainment",
                              "marketing", "telecommunications", "finance", "employment",
                              "services"]},
        "product": {"values": ["GTX Pro", "GTX Basic", "GTX Plus Basic", "GTX Plus Pro",
                               "MG Special", "MG Advanced", "GTK 500"]},
    }  # fmt: skip
    file = shared_data(pytestconfig) / "maven_crm" / "sales_pipeline.csv"
    strategy = a_strategy("sales", "Prospecting Engaging", attributes)
    examination, done = _imported(tmp_path, file, mapping, strategy)
    values = [example.text for example in found(examination, "unknown_value").examples]
    assert any(text.startswith("'sector: technolgy'; did you mean 'technology'") for text in values)
    assert any(text.startswith("'product: GTXPro'; did you mean 'GTX Pro'?") for text in values)
    assert found(examination, "rejected_rows").count == 500
    assert done.rejects_file is not None
    raw = [json.loads(line)["raw"] for line in done.rejects_file.read_text().splitlines()]
    without_account = sum(row.split(",")[3] == "" for row in raw)
    assert found(examination, "missing_account").count + without_account == 1_425
    assert found(examination, "no_stage_history").share == 1
    assert found(examination, "no_recording_times").share == 1
    assert found(examination, "days_without_time").share == 1


@pytest.mark.shared
def test_bpic_2012_has_events_of_nobody_and_many_that_share_a_moment(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    stages = "submitted preaccepted accepted finalized offer_created offer_sent offer_sent_back"
    file = shared_data(pytestconfig) / "bpic2012" / "events.csv.gz"
    strategy = a_strategy("loans", stages, {})
    examination, _ = _imported(tmp_path, file, MAPPINGS / "bpic2012.yaml", strategy)
    assert examination.finding("unknown_stage") is None
    assert 0.06 < found(examination, "missing_actor").share < 0.09
    assert found(examination, "shared_timestamps").share > 0.15
    assert (examination.won, examination.lost) == (1_277, 6_649)
