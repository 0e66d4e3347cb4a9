"""Are the answer for one deal, its reasons and its file exact, and is nothing heavy needed?"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tests.worlds import world

from salesadvisor.domain.signals import SIGNAL_INDEX, UNKNOWN
from salesadvisor.errors import BadInput
from salesadvisor.model.artifact import digest, from_json, model_name, to_json
from salesadvisor.model.features import Feature, Level
from salesadvisor.model.fit import fit
from salesadvisor.model.scale import probability_bp
from salesadvisor.model.scorecard import BaseRate, WinModel, log_odds_of, reasons, score_one


@cache
def learned() -> WinModel:
    return fit(
        world(1, n_deals=600).training,
        horizon_days=90,
        trained_until=1_700_000_000,
        signal_index=SIGNAL_INDEX,
    )


def by_hand() -> WinModel:
    """One feature of three levels, all covariances 0 but those of the last level."""
    levels = (Level("unknown", 0, 0), Level("few", -400_000, 500), Level("many", 400_000, 500))
    return WinModel(
        kind="scorecard", horizon_days=90, trained_until=0, n_rows=9, n_deals=9, n_won=4,
        base_rate=BaseRate(4_000, 3_000, 5_000), intercept_micro=-1_000_000,
        features=(Feature("calls_30d", 0, (UNKNOWN + 1, 5), (0, 1, 2), levels),),
        covariance=(0, 0, 0, 0, 0, 0, 100, 0, 0, 1_000_000),
    )  # fmt: skip


def test_one_answer_by_hand() -> None:
    answer = score_one(by_hand(), [5])
    assert answer.p_bp == probability_bp(-600_000) == 3_543
    # variance 1,000,000 + 2 * 100 in (0.0001)^2: deviation 0.1, times 1.282.
    assert answer.low_bp == probability_bp(-600_000 - 128_200)
    assert answer.high_bp == probability_bp(-600_000 + 128_200)


def test_unknown_is_its_own_level() -> None:
    assert score_one(by_hand(), [UNKNOWN]).p_bp == probability_bp(-1_000_000)
    assert reasons(by_hand(), [UNKNOWN])[0].value is None


def test_reasons_and_intercept_add_up_to_the_answer() -> None:
    model = learned()
    for row in world(2, n_deals=50).training.rows.tolist():
        total = model.intercept_micro + sum(r.log_odds_micro for r in reasons(model, row))
        assert total == log_odds_of(model, row)
        assert probability_bp(total) == score_one(model, row).p_bp


def test_the_strongest_reason_comes_first_in_words() -> None:
    row = world(2, n_deals=50).training.rows[0].tolist()
    found = reasons(learned(), row)
    strengths = [abs(reason.log_odds_micro) for reason in found]
    assert strengths == sorted(strengths, reverse=True)
    meetings = next(reason for reason in found if reason.signal == "meetings_30d")
    assert "in 30 days" in meetings.text


def test_a_model_comes_back_from_its_file_unchanged() -> None:
    text = to_json(learned())
    again = from_json(text, signal_index=SIGNAL_INDEX, place="model.json")
    assert again == learned()
    assert to_json(again) == text
    assert model_name(again) == f"scorecard-{digest(learned())[:12]}"


def test_a_model_finds_its_signals_again_in_a_longer_catalogue() -> None:
    longer = {"brand_new": 0, **{name: i + 1 for name, i in SIGNAL_INDEX.items()}}
    again = from_json(to_json(learned()), signal_index=longer, place="model.json")
    row = world(2, n_deals=5).training.rows[0].tolist()
    assert score_one(again, [99, *row]) == score_one(learned(), row)


def changed(**changes: object) -> str:
    return json.dumps({**json.loads(to_json(learned())), **changes})


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "not a model"),
        ("[1]", "no JSON object"),
        ("{}", "schema None"),
        (changed(schema_version=99), "schema 99"),
        (changed(intercept_micro=5), "hash differs"),
    ],
)
def test_a_damaged_file_is_refused_with_place_and_cure(text: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem) as caught:
        from_json(text, signal_index=SIGNAL_INDEX, place="model.json")
    assert str(caught.value).startswith("model.json: ")
    assert str(caught.value).endswith("train the model again")


def test_a_signal_the_catalogue_has_lost_is_named() -> None:
    fewer = {name: i for name, i in SIGNAL_INDEX.items() if name != "stage"}
    with pytest.raises(BadInput, match="'stage'"):
        from_json(to_json(learned()), signal_index=fewer, place="model.json")


def test_one_deal_is_answered_without_a_heavy_library(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(to_json(learned()), encoding="utf-8")
    script = (
        "import sys, pathlib\n"
        "from salesadvisor.domain.signals import SIGNAL_INDEX\n"
        "from salesadvisor.model.artifact import from_json\n"
        "from salesadvisor.model.scorecard import reasons, score_one\n"
        "text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')\n"
        "model = from_json(text, signal_index=SIGNAL_INDEX, place='model.json')\n"
        "row = [0] * len(SIGNAL_INDEX)\n"
        "reasons(model, row)\n"
        "heavy = {'sklearn', 'scipy', 'numba', 'numpy'} & set(sys.modules)\n"
        "print(score_one(model, row).p_bp, *sorted(heavy))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
    )
    expected = score_one(learned(), [0] * len(SIGNAL_INDEX)).p_bp
    assert done.stdout.split() == [str(expected)]
