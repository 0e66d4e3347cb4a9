"""Commands about the rulebook: list, test, lint, coverage, explain, mutate."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from salesadvisor import settings
from salesadvisor.cli.face import Face
from salesadvisor.cli.moments import as_of_option, moment_for
from salesadvisor.cli.options import Group
from salesadvisor.errors import BadInput

if TYPE_CHECKING:
    from salesadvisor.domain.rules import Rule
    from salesadvisor.playbook.playbook import Playbook
    from salesadvisor.study.rule_history import Met

history_option = click.option(
    "--history/--no-history",
    "with_history",
    default=None,
    help="Also ask the history in the store, week by week.  [default: if there is a store]",
)


@click.group("rules", cls=Group)
def rules() -> None:
    """The rules of the playbook."""


@rules.command("list")
@click.pass_obj
def rules_list(face: Face) -> None:
    """Which rules are there, and where?"""
    from salesadvisor.cli.layout import Page
    from salesadvisor.cli.wording import iso

    playbook = _playbook(face)
    page = Page()
    page.line(
        f"{playbook.name} {playbook.content_hash}: {len(playbook.rules)} rules in"
        f" {len({rule.element for rule in playbook.rules})} of 17 elements",
        "bold",
    )
    page.rows(
        [
            (
                rule.id, rule.element, rule.evidence if rule.enabled else "switched off",
                f"{rule.effort_minutes} min", rule.title,
            )
            for rule in playbook.rules
        ],
        head=("rule", "element", "effect", "effort", "title"),
        right=(3,),
        whole=(0, 1, 2, 3),
    )  # fmt: skip
    document = {
        "playbook": {"name": playbook.name, "hash": playbook.content_hash},
        "rules": [
            {
                "rule": rule.id,
                "version": rule.version,
                "element": rule.element,
                "title": rule.title,
                "scope": rule.scope,
                "owner": rule.owner,
                "enabled": rule.enabled,
                "evidence": rule.evidence,
                "effect": rule.effect_permille / 1000,
                "source": rule.source,
                "effort_minutes": rule.effort_minutes,
                "cooldown_days": rule.cooldown_days,
                "expires_days": rule.expires_days,
                "group": rule.group,
                "hit": None if rule.group is None else rule.hit,
                "stance": rule.action.stance,
                "effective_from": iso(rule.effective_from),
                "effective_to": iso(rule.effective_to),
                "signals": list(rule.signals),
                "place": rule.place,
            }
            for rule in playbook.rules
        ],
    }
    face.answer(document, page)


@rules.command("test")
@click.pass_context
def rules_test(context: click.Context) -> None:
    """Do the rules keep their tests? Exit status 1 if not.

    Each case says which rules fire on it and which are silent; each rule needs a case of both.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.study.rule_check import check_rules

    face: Face = context.obj
    settings.keep_kernels()
    results, note = check_rules(_directory(face))
    if note:
        face.note(note)
    failed = [one for one in results if not one.passed]
    page = Page()
    for one in failed:
        for line in one.text.splitlines():
            page.line(line.lstrip(), indent=len(line) - len(line.lstrip()))
    count = len({one.rule_id for one in results})
    total = f"{count} rules, {len(results)} expectations"
    page.line(f"{total}: {len(failed)} failed" if failed else f"{total}: all met")
    document = {
        "rules": count,
        "expectations": len(results),
        "failed": [
            {"rule": one.rule_id, "case": one.case, "place": one.place, "text": one.text}
            for one in failed
        ],
    }
    face.answer(document, page)
    context.exit(1 if failed else 0)


@rules.command("lint")
@history_option
@click.pass_context
def rules_lint(context: click.Context, with_history: bool | None) -> None:
    """What is wrong with the rules? Exit status 1 if anything is.

    Rules that can't be read, can never fire, always fire, say what another says or contradict it,
    have no test, or don't fit the history.
    """
    from salesadvisor.cli.rule_text import lint_document, lint_page
    from salesadvisor.study.rule_lint import lint

    face: Face = context.obj
    today = settings.now().date()
    findings = lint(_directory(face), today=today)
    history: tuple[Met, ...] = ()
    if all(one.kind != "unreadable" for one in findings):
        history = _history(face, with_history)
        findings = lint(_directory(face), today=today, history=history)
    elif with_history:
        face.note("history is asked once every rule can be read")
    parts = (_directory(face), findings, history)
    face.answer(lint_document(*parts), lint_page(*parts))
    context.exit(1 if findings else 0)


@rules.command("coverage")
@click.option("--rule", "asked", metavar="ID", help="Only this rule, condition by condition.")
@history_option
@click.pass_obj
def rules_coverage(face: Face, asked: str | None, with_history: bool | None) -> None:
    """Which conditions did the tests exercise, and history?

    A test exercises a condition where that condition decides. Each should decide as true, as false
    and, where its signal can be unknown, as unknown.
    """
    from salesadvisor.cli.rule_text import coverage_document, coverage_page
    from salesadvisor.playbook.rule_tests import load_cases
    from salesadvisor.study.rule_coverage import coverage

    playbook = _playbook(face)
    only = None if asked is None else _rule(playbook, asked).id
    found = coverage(playbook, load_cases(playbook), _history(face, with_history))
    found = tuple(one for one in found if only in (None, one.rule.id))
    face.answer(coverage_document(found), coverage_page(found, in_full=only is not None))


@rules.command("explain")
@click.argument("rule", metavar="ID")
@click.argument("deal")
@as_of_option
@click.pass_obj
def rules_explain(face: Face, rule: str, deal: str, as_of: datetime | None) -> None:
    """Why does a rule fire on a deal, or not?

    Each of its conditions with the value, and what would have changed the answer.
    """
    from salesadvisor.cli.rule_text import explained_document, explained_page
    from salesadvisor.study.rule_explaining import explain_one

    with face.advisor() as advisor:
        chosen = _rule(advisor.playbook, rule)
        if chosen.scope != "deal":
            problem = f"'{chosen.id}' judges a {chosen.scope}, not a deal"
            raise BadInput("ID", problem, f"ask with 'advise --why-not {chosen.id}'")
        moment = moment_for(as_of, advisor)
        with face.progress("explaining"):
            found = advisor.explain(deal, moment.as_of)
        one = explain_one(chosen, found, advisor.playbook)
    face.answer(explained_document(moment, one), explained_page(moment, one))


@rules.command("mutate")
@click.option("--rule", "asked", metavar="ID", help="Only this rule.")
@click.pass_context
def rules_mutate(context: click.Context, asked: str | None) -> None:
    """Would the tests notice a rule that is a little different? Exit status 1 below 95 %.

    Thresholds are moved by one, operators and labels exchanged, parts dropped; a case must fail on
    each such mutant, unless it fires on the same rows as the rule.
    """
    from salesadvisor.cli.rule_text import mutation_document, mutation_page
    from salesadvisor.playbook.rule_tests import load_cases
    from salesadvisor.study.mutants import is_enough, mutate

    face: Face = context.obj
    playbook = _playbook(face)
    only = None if asked is None else _rule(playbook, asked).id
    found = mutate(playbook, load_cases(playbook), only)
    face.answer(mutation_document(found), mutation_page(found))
    context.exit(0 if is_enough(found) else 1)


def _history(face: Face, asked: bool | None) -> tuple[Met, ...]:
    """What the rules met in the store's history, if it is asked for, or by default if there is."""
    if asked is False or (asked is None and not face.settings.store_path.exists()):
        return ()
    with face.advisor() as advisor:
        if asked is None and not advisor.log().row_count:
            return ()
        with face.progress("asking history"):
            return advisor.rules_in_history()


def _rule(playbook: Playbook, identity: str) -> Rule:
    from salesadvisor.domain.naming import did_you_mean

    for rule in playbook.rules:
        if rule.id == identity:
            return rule
    cure = did_you_mean(identity, [rule.id for rule in playbook.rules])
    raise BadInput("ID", f"no rule '{identity}' in {playbook.directory}", cure)


def _playbook(face: Face) -> Playbook:
    from salesadvisor.playbook.playbook import load_playbook

    return load_playbook(_directory(face))


def _directory(face: Face) -> Path:
    from salesadvisor.playbook.playbook import find_playbook

    return find_playbook(face.settings.playbook)
