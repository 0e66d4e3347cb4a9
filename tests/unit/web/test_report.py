"""Is the page whole, self-contained, the same every time, and safe against what a CRM may hold?"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from salesadvisor.domain.elements import ELEMENTS
from salesadvisor.errors import ReportError
from salesadvisor.study.weekly_advice import AdviceLine, RepWeek, WeeklyAdvice
from salesadvisor.web.page import MOST_LINES, MOST_REPS
from salesadvisor.web.report import render_report, script_json, write_report
from tests.unit.web.summaries import line, summary, without_probabilities

HOSTILE = "</script><script>alert('pwned')</script><img src=x onerror=alert(1)> & \"Co\""
VOID = {"meta", "link", "img", "br", "hr", "input"}
FETCHES = re.compile(
    r"""(?:src|href|action|poster|data)\s*=\s*["']?\s*(?:https?:)?//|@import|url\(\s*["']?\s*(?!data:)
    |<link\b|<iframe\b|<object\b|\bfetch\(|\bimport\(|XMLHttpRequest|navigator\.sendBeacon|WebSocket""",
    re.IGNORECASE | re.VERBOSE,
)


class Page(HTMLParser):
    """The page as a browser's parser sees it: what is open, which ids there are, what is said."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.anchors: set[str] = set()
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name == "href":
                self.anchors.add(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_report(summary()))


def own_part(text: str) -> str:
    """The page without the charting library, which names addresses that it never visits here."""
    start = text.index("<script>")
    return text[:start] + text[text.index("</script>", start) :]


def figures(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.scripts[1])
    return found


def test_the_page_fetches_nothing() -> None:
    text = render_report(summary())
    assert FETCHES.findall(own_part(text)) == []
    assert "default-src 'none'" in text


def test_every_element_is_closed_and_every_id_is_one(page: Page) -> None:
    assert page.open == []
    assert [name for name, count in page.ids.items() if count > 1] == []
    assert page.elements["h1"] == 1


def test_every_link_leads_to_a_place_on_the_page(page: Page) -> None:
    assert {anchor[0] for anchor in page.anchors} == {"#"}
    assert {anchor[1:] for anchor in page.anchors} <= set(page.ids)


def test_all_elements_of_the_strategy_have_a_line(page: Page) -> None:
    assert [name for name in ELEMENTS if f"element-{name}" not in page.ids] == []


def test_every_figure_has_its_place_and_every_place_its_figure(page: Page) -> None:
    assert set(figures(page)) == {
        "deals-by-stage", "amount-by-stage", "calibration", "story-plot", "goal-1",
    }  # fmt: skip
    assert set(figures(page)) <= set(page.ids)


def test_hostile_names_are_words_not_markup() -> None:
    page = Page(render_report(summary(name=HOSTILE, rep=HOSTILE)))
    plain = Page(render_report(summary()))
    assert page.open == []
    assert page.elements == plain.elements
    assert page.handlers == []
    assert "alert('pwned')" in page.text
    assert figures(page).keys() == figures(plain).keys()


def test_hostile_names_are_no_markup_to_the_charts_either() -> None:
    drawn = json.dumps(figures(Page(render_report(summary(name=HOSTILE)))))
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_no_json_can_end_its_script_element() -> None:
    text = script_json({"a": "</script><!--", "b": "\u2028&"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!--", "b": "\u2028&"}


def test_advice_says_what_why_when_and_how_sure(page: Page) -> None:
    for expected in (
        "Call CR-1.", "Nobody spoke to CR-1.", "due 3 Jul 2026", "40 % (20 to 60 %)", "1.20",
        "published", "0123456789ab", "30 of 300 minutes", "Over the rep's capacity",
    ):  # fmt: skip
        assert expected in page.text


def test_what_was_held_back_stands_with_its_rep_and_reason(page: Page) -> None:
    assert "1 held back, and why" in page.text
    assert "Cooling down until 2026-07-05" in page.text
    assert "deals: 1 shown, 1 held back" in page.text


def told_of(one: AdviceLine) -> str:
    """What the page says when one rep has that advice and nobody has other."""
    advice = WeeklyAdvice((RepWeek("Ada Abend", 30, 300, (one,)),), ())
    return Page(render_report(replace(summary(), advice=advice))).text


def test_a_stake_is_called_assumed_only_where_it_is() -> None:
    known, assumed = line("CR-1"), replace(line("CR-1"), stake_is_assumed=True)
    assert ["at stake, assumed" in told_of(one) for one in (known, assumed)] == [False, True]


def test_a_goal_is_named_in_words_and_a_deal_by_its_id() -> None:
    assert "goal awards 2026" in told_of(replace(line("goal awards_2026"), scope="goal"))
    assert "CR_1" in told_of(line("CR_1"))


def test_a_goal_says_how_far_how_fast_and_how_likely(page: Page) -> None:
    for expected in (
        "400 USD of 1 000 USD, from 3 deals", "80 % of the pace", "12 %, with 183 days left",
        "100 USD from open deals, 200 USD from new ones",
        "0.8 of what is missing; history needed 1.7",
        "new deals +50 %, all else equal",
    ):  # fmt: skip
        assert expected in page.text


def test_conformance_has_rates_worst_deals_and_deviations_with_their_events(page: Page) -> None:
    for expected in ("75 %", "41 to 93 %", "CR-1 did not follow", "event of CR-1", "1 newest of 1"):
        assert expected in page.text


def test_accountability_counts_answers_and_shows_the_parts_of_alignment(page: Page) -> None:
    for expected in ("38 % (14 to 69 %)", "4.2", "CadenceAcknowledgedAll", "team50–50"):
        assert expected in page.text


def test_an_element_without_a_word_to_say_tells_why(page: Page) -> None:
    assert "Nothing to say: the playbook has no rule for it" in page.text


def test_without_amounts_the_page_says_so_and_draws_none() -> None:
    page = Page(render_report(summary(with_amounts=False)))
    assert "no amounts recorded" in page.text
    assert "amount-by-stage" not in page.ids
    assert "amount-by-stage" not in figures(page)


def test_without_probabilities_or_a_deal_or_advice_the_page_still_stands() -> None:
    bare = replace(without_probabilities(summary()), story=None, advice=WeeklyAdvice((), ()))
    page = Page(render_report(bare))
    assert page.open == []
    assert "Cannot tell: nothing yet." in page.text
    assert "No recommendation is shown this week." in page.text
    assert "No rule has anything to advise this week." in page.text
    assert set(figures(page)) == {"deals-by-stage", "amount-by-stage", "goal-1"}
    assert {anchor[1:] for anchor in page.anchors} <= set(page.ids)


def test_many_reps_are_cut_short_and_counted() -> None:
    reps = tuple(
        RepWeek(f"Rep {number}", 30, 300, (line("D"),) * (MOST_LINES + 2))
        for number in range(MOST_REPS + 3)
    )
    page = Page(render_report(replace(summary(), advice=WeeklyAdvice(reps, ()))))
    assert "3 more reps" in page.text
    assert "and 2 more" in page.text
    assert f"Rep {MOST_REPS + 2}" in page.text


def test_the_same_summary_gives_the_same_page() -> None:
    assert render_report(summary()) == render_report(summary())


def test_the_size_is_told_and_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    size = write_report(path, summary())
    assert size == path.stat().st_size
    assert 4_000_000 < size < 6_000_000
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    (tmp_path / "report.html.part").mkdir()
    with pytest.raises(ReportError, match=r"can't be written"):
        write_report(path, summary())
    assert path.read_text() == "old"


def test_a_place_under_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError) as error:
        write_report(tmp_path / "file" / "report.html", summary())
    assert "\n" not in str(error.value)
