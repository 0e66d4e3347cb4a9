"""Does a wrong strategy file say in one line where it is wrong and how to mend it?"""

from pathlib import Path

import pytest

from salesadvisor.domain.strategy import Strategy
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import load_strategy
from tests.unit.playbook.files import STRATEGY


def load(directory: Path, text: str) -> Strategy:
    path = directory / "strategy.yaml"
    path.write_text(text, encoding="utf-8")
    return load_strategy(path)


def problem(directory: Path, old: str, new: str) -> str:
    assert old in STRATEGY
    with pytest.raises(PlaybookError) as caught:
        load(directory, STRATEGY.replace(old, new))
    line = str(caught.value)
    assert "\n" not in line
    return line.removeprefix(f"{directory}/")


@pytest.mark.parametrize(
    "text",
    [
        "name: x\ncurrency: EUR\n",
        "name: x\ncurrency: EUR\nprocess: {}\n",
        "name: x\ncurrency: EUR\nprocess: {pipelines: []}\n",
        "name: x\ncurrency: EUR\nprocess: {pipelines: [{name: p}]}\n",
        "name: x\ncurrency: EUR\nprocess: {pipelines: [{name: p, stages: []}]}\n",
    ],
)
def test_a_strategy_without_stages_is_one_clear_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        load(tmp_path, text)
    assert "strategy without stages" in caught.value.problem
    assert caught.value.cure == "list at least one pipeline with its stages under process.pipelines"


def test_an_unknown_key_names_its_line_and_the_nearest_one(tmp_path: Path) -> None:
    said = problem(tmp_path, "{name: first, limit_days: 20}", "{name: first, limit_day: 20}")
    place, rest = said.split(": ", 1)
    assert place == "strategy.yaml:17"
    assert rest == (
        "process.pipelines.0.stages.0.limit_day: unknown key 'limit_day'; "
        "did you mean 'limit_days'?"
    )


def test_an_unknown_section_names_the_nearest_one(tmp_path: Path) -> None:
    said = problem(tmp_path, "pricing:", "princing:")
    assert said == "strategy.yaml:24: princing: unknown key 'princing'; did you mean 'pricing'?"


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("limit_days: 20", "limit_days: soon", "write a whole number, such as 30"),
        ("limit_days: 20", "limit_days: true", "write a whole number, such as 30"),
        ("limit_days: 20", "limit_days: 2.5", "whole number"),
        ("limit_days: 20", "limit_days: -1", "'-1' is below 0; write 0 or more"),
        ("currency: EUR", "currency: euro", "write three capital letters"),
        ("currency: EUR\n", "", "'currency' is missing; add 'currency: ...'"),
        ("name: small", "name: 5", "write a text, in quotes if it looks like a number"),
        ("{values: [I, II, III]}", "{values: [I], number: true}", "must be of one kind"),
        ("{values: [I, II, III]}", "{}", "must be of one kind"),
        ("{values: [I, II, III]}", "{values: [I, I]}", "a value is there twice"),
        ("phase: {values", "owner: {values", "'owner' is a field of every deal; rename it"),
        ("where: {phase: [II, III]}", "where: {phase: IV}", "'IV' is no value of"),
        ("where: {phase: [II, III]}", "where: {phse: II}", "did you mean 'phase'?"),
        ("where: {phase: [II, III]}", "where: {phase: {ge: 2}}", "'phase' is not a number"),
        ("where: {phase: [II, III]}", "where: {patients: many}", "compare it with whole numbers"),
        ("where: {phase: [II, III]}", "where: {patients: {}}", "matches nothing"),
        ("where: {phase: [II, III]}", "where: {patients: {ge: 1.5}}", "whole number"),
        ("where: {phase: [II, III]}", "where: {}", "where: is empty"),
        ("name: rest", "name: core", "'core' is there twice"),
        ("{name: signing, late", "{name: offer, late", "'offer' is there twice"),
        ("name: renewal", "name: new", "'new' is there twice"),
        ("{name: offer}", "{name: offer, required_roles: [bos]}", "did you mean 'boss'?"),
        ("{name: offer}", "{name: offer, required_topics: [price]}", "did you mean 'pricing'?"),
        ("{name: offer}", "{name: offer, required_fields: [amunt]}", "did you mean 'amount'?"),
        ("percent: 7.5}", "percent: 7.5, no_discount_before_stage: ofer}", "mean 'offer'?"),
        ("roles: [buyer, boss]", "roles: [buyer], decision_roles: [boss]", "unknown role 'boss'"),
        ("percent: 7.5", "percent: 107.5", "'107.5' is above 100; write 100"),
        ("percent: 7.5", "percent: 7.555", "2 decimal places"),
        ("percent: 7.5", "percent: true", "such as 12.5"),
        ("topics: [pricing]", "topics: [pricing], by_stage: {frist: [pricing]}", "mean 'first'?"),
        ("topics: [pricing]", "topics: [pricing], attendees: {last: [bosss]}", "mean 'boss'?"),
        ("roles: [buyer, boss]", "roles: [buyer], champion_roles: [boss]", "unknown role 'boss'"),
        ("roles: [buyer, boss]", "roles: [buyer], procurement_roles: [bos]", "role 'bos'"),
        (
            "percent: 7.5}",
            "percent: 7.5, discount_authority: [{role: a, percent: 1, from_stage: ofer}]}",
            "mean 'offer'?",
        ),
    ],
)
def test_a_wrong_declaration_is_one_line_with_its_cure(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    line = problem(tmp_path, old, new)
    assert said in line
    assert line.startswith("strategy.yaml:")


@pytest.mark.parametrize(
    "section, said",
    [
        ("calendar: {timezone: Mars/Olympus}", "unknown time zone 'Mars/Olympus'"),
        ("calendar: {weekend: [sat, sunday]}", "did you mean 'sun'?"),
        ("calendar: {weekend: [mon, tue, wed, thu, fri, sat, sun]}", "more than 6 items"),
        ("calendar: {holidays: [christmas]}", "write the day as 2026-11-30"),
        ("weights: {closeing: 2}", "did you mean 'closing'?"),
        ("channels: {mix: [{name: a, share_percent: 60}, {name: b, share_percent: 41}]}", "101"),
        (
            "goals: [{id: g, metric: won_count, value: 1, start: 2026-02-01, due: 2026-01-01,"
            " owner: o, element: goals}]",
            "due 2026-01-01 is not after start 2026-02-01",
        ),
        ("value_proposition: {claims: [{id: c, text: t, segments: [corr]}]}", "mean 'core'?"),
        ("activity: {standards: [{stage: frst}]}", "did you mean 'first'?"),
        ("accountability: {max_per_deal: 0}", "'0' is below 1; write 1 or more"),
        (
            "goals: [{id: g, metric: won_amuont, value: 1, start: 2026-01-01, due: 2026-02-01,"
            " owner: o, element: goals}]",
            "did you mean 'won_amount'?",
        ),
        ("channels: {conflict_on: phas}", "did you mean 'phase'?"),
        ("channels: {conflict_on: patients}", "'patients' is a number"),
        ("activity: {minutes: {cal: 5}}", "did you mean 'call'?"),
        ("thresholds: {slow: {of: age_days, by: [stage, stage]}}", "a part is there twice"),
        ("competition: {no_bid: [{text: t, where: {phas: I}}]}", "did you mean 'phase'?"),
        ("alignment: {teams: [{name: a, reps: [x]}, {name: a, reps: [y]}]}", "there twice"),
        (
            "accountability: {away: [{rep: a, from: 2026-02-02, to: 2026-02-01}]}",
            "ends 2026-02-01, before it begins 2026-02-02",
        ),
    ],
)
def test_a_wrong_section_names_its_line(tmp_path: Path, section: str, said: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        load(tmp_path, f"{STRATEGY}{section}\n")
    assert said in str(caught.value)
    line = STRATEGY.count("\n") + 1
    assert caught.value.place == f"{tmp_path}/strategy.yaml:{line}"


@pytest.mark.parametrize(
    "constraint, said",
    [
        ("{id: a, kind: response, first: quote_sent}", "response needs a second event"),
        ("{id: a, kind: absence, first: won, then: lost}", "absence is about one event"),
        ("{id: a, kind: absence, first: wn, most: 1}", "unknown event 'wn'; did you mean 'won'?"),
        ("{id: a, kind: precedence, first: won, then: lost, within_days: 3}", "no time limit"),
        ("{id: a, kind: response, first: opened, then: lost, most: 3}", "response counts nothing"),
        ("{id: a, kind: precedence, first: 'stage:ofer', then: won}", "did you mean 'offer'?"),
        ("{id: a, kind: precedence, first: 'stge:offer', then: won}", "did you mean 'stage'?"),
        ("{id: a, kind: precedence, first: 'topic:price', then: won}", "did you mean 'pricing'?"),
        ("{id: a, kind: precedence, first: 'activity:cal', then: won}", "did you mean 'call'?"),
        ("{id: a, kind: absence, first: corrected}", "unknown event 'corrected'"),
        ("{id: a, kind: absence, first: strategy_published}", "unknown event"),
        ("{id: a, kind: absense, first: won}", "did you mean 'absence'?"),
        ("{id: b, kind: absence, first: won}, {id: b, kind: absence, first: lost}", "there twice"),
    ],
)
def test_a_wrong_order_of_events_is_one_line_with_its_cure(
    tmp_path: Path, constraint: str, said: str
) -> None:
    line = problem(tmp_path, "process:\n", f"process:\n  constraints: [{constraint}]\n")
    assert said in line
    assert line.startswith("strategy.yaml:")


def test_events_of_every_kind_can_be_ordered(tmp_path: Path) -> None:
    names = ["opened", "activity", "activity:meeting", "stage:last", "topic:pricing", "won"]
    orders = ", ".join(
        f"{{id: o{place}, kind: precedence, first: opened, then: '{name}'}}"
        for place, name in enumerate(names)
    )
    text = STRATEGY.replace("process:\n", f"process:\n  constraints: [{orders}]\n")
    assert [one.then for one in load(tmp_path, text).process.constraints] == names


def test_an_exit_criterion_must_be_declared_once_criteria_are(tmp_path: Path) -> None:
    text = STRATEGY.replace("{name: offer}", "{name: offer, exit_criteria: [agreed]}")
    assert load(tmp_path, text).stages[3].stage.exit_criteria == ("agreed",)
    declared = text.replace("process:\n", "process:\n  criteria: {agreeed: Agreed by both}\n")
    with pytest.raises(PlaybookError, match="did you mean 'agreeed'"):
        load(tmp_path, declared)


def test_a_move_stays_in_its_pipeline(tmp_path: Path) -> None:
    moves = "    - name: renewal\n      allowed_moves: [{from: offer, to: [last]}]\n"
    said = problem(tmp_path, "    - name: renewal\n", moves)
    assert "unknown stage of pipeline 'renewal': 'last'; use one of offer, signing" in said


def test_of_several_problems_the_first_in_the_file_is_named(tmp_path: Path) -> None:
    text = STRATEGY.replace("name: small", "name: 5").replace("limit_days: 10", "limit_days: x")
    with pytest.raises(PlaybookError) as caught:
        load(tmp_path, text)
    assert caught.value.place.endswith(":1")


def test_a_list_instead_of_a_strategy_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="holds a list instead of keys and values"):
        load(tmp_path, "- a\n")
