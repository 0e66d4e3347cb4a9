"""How does one deal's explanation read: story, signals, probability, rules?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from salesadvisor.cli.layout import Page
from salesadvisor.cli.moments import Moment
from salesadvisor.cli.signal_groups import grouped
from salesadvisor.cli.wording import counted, iso, win_document, win_text
from salesadvisor.domain.signals import SignalSpec
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary, shown
from salesadvisor.engine.explain import LeafVerdict, Verdict
from salesadvisor.study.explaining import Explanation, RuleLine, Told
from salesadvisor.study.near_rules import NearRule

LATE = timedelta(days=1)
_MARKS = {True: "+", False: "-", None: "?"}
_REASONS_SHOWN = 8


def explanation_page(
    moment: Moment,
    found: Explanation,
    near: Sequence[NearRule],
    strategy: Strategy,
    words: Vocabulary,
) -> Page:
    """The explanation in blocks."""
    page = Page()
    owner = f", owner {found.owner}" if found.owner else ", no owner"
    cycle = f", cycle {found.cycle}" if found.cycle > 1 else ""
    page.line(f"{found.deal}: {found.status}{owner}{cycle}", "bold")
    page.line(f"as of {moment.text}")
    _story(page, found)
    if found.open_deal is None:
        page.line()
        page.line("The deal is not open then: no signal is read and no rule is asked.")
        return page
    _signals(page, found)
    _probability(page, found)
    _rules(page, found, near, strategy, words)
    return page


def explanation_document(
    moment: Moment,
    found: Explanation,
    near: Sequence[NearRule],
    strategy: Strategy,
    words: Vocabulary,
) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    open_deal = found.open_deal
    return {
        "deal_id": found.deal,
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "strategy": {"name": strategy.name, "hash": strategy.content_hash},
        "status": found.status,
        "owner": found.owner,
        "cycle": found.cycle,
        "events_known": found.events_known,
        "events_not_yet_known": found.events_not_yet_known,
        "story": [
            {
                "event_id": one.event_id,
                "event": one.kind,
                "occurred_at": iso(one.occurred_at),
                "recorded_at": iso(one.recorded_at),
                "text": one.text,
            }
            for one in found.story
        ],
        "signals": {one.name: {"value": one.value, "text": one.text} for one in found.signals},
        "win_probability": None if open_deal is None else win_document(open_deal.win),
        "win_reasons": []
        if open_deal is None
        else [
            {
                "signal": one.signal,
                "value": one.value,
                "text": one.text,
                "log_odds": one.log_odds_micro / 1_000_000,
            }
            for one in open_deal.win_reasons
        ],
        "rules": [
            {
                "rule": line.rule.id,
                "title": line.rule.title,
                "element": line.rule.element,
                "evidence": line.rule.evidence,
                "fires": line.fires,
                "because": line.because if line.fires else None,
                "condition": condition_tree(line.verdict),
            }
            for line in found.rules
        ],
        "nearest": [
            {
                "rule": one.rule.id,
                "title": one.rule.title,
                "missing": [
                    {"asks": leaf.asks, "signal": leaf.signal, "value": leaf.value, "gap": leaf.gap}
                    for leaf in one.missing
                ],
            }
            for one in near
        ],
        "recommended": [
            {
                "recommendation_id": one.recommendation_id,
                "rule": one.rule,
                "issued_at": iso(one.occurred_at),
                "expires": iso(one.expires_at),
                "action": one.action,
            }
            for one in found.issued
        ],
    }


def _story(page: Page, found: Explanation) -> None:
    later = found.events_not_yet_known
    unseen = f"; {later:,} not known yet" if later else ""
    page.title(f"Story: {counted(found.events_known, 'event')} as they became known{unseen}")
    page.rows(
        [
            (f"{one.occurred_at:%Y-%m-%d %H:%M}", one.text + _delay(one), one.event_id)
            for one in found.story
        ],
        faint=(0, 2),
    )


def _delay(one: Told) -> str:
    late = one.recorded_at - one.occurred_at
    return f" (recorded {counted(late.days, 'day')} later)" if late >= LATE else ""


def _signals(page: Page, found: Explanation) -> None:
    text = {one.name: one.text for one in found.signals if one.value is not None}
    rows = [
        (heading, ", ".join(f"{name}={text[name]}" for name in names if name in text))
        for heading, names in grouped(one.name for one in found.signals).items()
    ]
    rows.append(("Unknown", ", ".join(one.name for one in found.signals if one.value is None)))
    page.title("Signals")
    page.rows([row for row in rows if row[1]], indent=2)


def _probability(page: Page, found: Explanation) -> None:
    if found.open_deal is None:
        return
    page.title("Win probability")
    page.line(win_text(found.open_deal.win), indent=2)
    reasons = [one for one in found.open_deal.win_reasons if one.log_odds_micro]
    page.rows(
        [
            (f"{one.log_odds_micro / 1_000_000:+.2f}", one.text, one.signal)
            for one in reasons[:_REASONS_SHOWN]
        ],
        head=("log-odds", "because of", "signal"),
        right=(0,),
        faint=(2,),
        indent=2,
    )
    rest = reasons[_REASONS_SHOWN:]
    if rest:
        total = sum(one.log_odds_micro for one in rest) / 1_000_000
        page.line(f"{total:+.2f} from {len(rest)} smaller reasons", "dim", indent=5)


def _rules(
    page: Page,
    found: Explanation,
    near: Sequence[NearRule],
    strategy: Strategy,
    words: Vocabulary,
) -> None:
    fired = [line for line in found.rules if line.fires]
    page.title(f"Rules that fire: {len(fired)} of {len(found.rules)}")
    for line in fired:
        page.item(line.rule.id, f"{line.rule.title} ({line.rule.element}, {line.rule.evidence})")
        page.line(line.because, indent=5)
        page.rows(_condition_rows(line, strategy, words), whole=(0,), faint=(2,), indent=5)
    if near:
        page.title("Nearest of the others")
    for one in near:
        missing = " and ".join(
            f"{leaf.asks} (is {_value(leaf, strategy, words)})" for leaf in one.missing
        )
        page.item(one.rule.id, f"{one.rule.title}: fires if {missing}")
    if found.issued:
        page.title("Recommended so far")
        page.rows(
            [
                (f"{one.occurred_at:%Y-%m-%d %H:%M}", f"{one.rule}: {one.action}",
                 one.recommendation_id)
                for one in found.issued
            ],
            faint=(0, 2),
        )  # fmt: skip


def _condition_rows(
    line: RuleLine, strategy: Strategy, words: Vocabulary
) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []

    def add(node: Verdict, depth: int) -> None:
        value = ""
        if node.signal is not None:
            value = f"is {_shown(words[node.signal], node.value, strategy)}"
        rows.append((_MARKS[node.verdict], "  " * depth + node.text, value))
        for item in node.items:
            add(item, depth + 1)

    add(line.verdict, 0)
    return rows


def _value(leaf: LeafVerdict, strategy: Strategy, words: Vocabulary) -> str:
    return _shown(words[leaf.signal], leaf.value, strategy)


def _shown(spec: SignalSpec, value: int | None, strategy: Strategy) -> str:
    return shown(spec, value, strategy.currency)


def condition_tree(node: Verdict) -> dict[str, Any]:
    """A condition's verdicts for a program."""
    tree: dict[str, Any] = {"asks": node.text, "holds": node.verdict}
    if node.signal is not None:
        tree |= {"signal": node.signal, "value": node.value}
    if node.items:
        tree["items"] = [condition_tree(item) for item in node.items]
    return tree
