"""Is the strategy complete, known to the team, followed up and reviewed in time?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from salesadvisor.domain.elements import ELEMENTS, Away, KeyPath
from salesadvisor.domain.strategy import SECTIONS, Strategy
from salesadvisor.playbook.strategy_lint.finding import Flaw


def upkeep_flaws(strategy: Strategy, now: date) -> Iterator[Flaw]:
    """Flaws of the strategy as a whole, its teams, accountability, review and calendar."""
    yield from _missing(strategy)
    yield from _approval(strategy, now)
    yield from _teams(strategy)
    yield from _accountability(strategy)
    yield from _review(strategy)
    yield from _holidays(strategy)


def _missing(strategy: Strategy) -> Iterator[Flaw]:
    required = strategy.strategy_review.required_elements
    for element in required or ELEMENTS:
        if strategy.declares(element):
            continue
        section = SECTIONS.get(element, element)
        at: KeyPath = ("strategy_review", "required_elements")
        if required:
            problem = f"{element} is required, but nothing is declared"
            cure = f"write {section}:, or take it off the list"
            yield Flaw("missing_element", element, at, problem, cure, "fault")
        else:
            problem = f"nothing is declared about {element}"
            cure = f"write {section}:, or list what you do mean in {'.'.join(map(str, at))}"
            yield Flaw("missing_element", element, at, problem, cure)


def _approval(strategy: Strategy, now: date) -> Iterator[Flaw]:
    review = strategy.strategy_review
    if review.approved_on is not None and review.approved_on > now:
        problem = f"approved on {review.approved_on}, which is to come"
        at = ("strategy_review", "approved_on")
        yield Flaw("future_approval", "comprehensive", at, problem, "correct the day", "fault")
    if strategy.declares("comprehensive") and review.owner is None:
        problem = "nobody owns the strategy"
        at = ("strategy_review", "owner")
        yield Flaw("no_owner", "comprehensive", at, problem, "name one: strategy_review.owner")


def _teams(strategy: Strategy) -> Iterator[Flaw]:
    teams = strategy.alignment.teams
    if teams and strategy.alignment.acknowledge_within_days is None:
        problem = "nothing says by when the team must have read the strategy"
        cure = "declare alignment.acknowledge_within_days"
        yield Flaw("no_acknowledgement", "alignment", ("alignment",), problem, cure)
    team_of: dict[str, str] = {}
    for index, team in enumerate(teams):
        for place, rep in enumerate(team.reps):
            at: KeyPath = ("alignment", "teams", index, "reps", place)
            if rep in team_of:
                other = team_of[rep]
                where = "twice in" if other == team.name else f"in '{other}' and in"
                problem = f"{rep} is {where} '{team.name}'"
                yield Flaw("rep_in_two_teams", "alignment", at, problem, "keep one", "fault")
            team_of.setdefault(rep, team.name)


def _accountability(strategy: Strategy) -> Iterator[Flaw]:
    declared = strategy.accountability
    reps = {rep for team in strategy.alignment.teams for rep in team.reps}
    named: list[tuple[KeyPath, str]] = [(("reps", name), name) for name in declared.reps]
    named += [(("away", index, "rep"), one.rep) for index, one in enumerate(declared.away)]
    for at, name in named:
        if reps and name not in reps:
            problem = f"{name} is in no team"
            cure = "correct the name, or add it to a team"
            here = ("accountability", *at)
            yield Flaw("unknown_rep", "accountability", here, problem, cure)
    if declared.escalate_after and declared.manager is None:
        if "escalate_after" in declared.model_fields_set:
            problem = "advice that nobody answers is escalated to nobody"
            cure = "name the manager: accountability.manager"
            at = ("accountability", "escalate_after")
            yield Flaw("no_manager", "accountability", at, problem, cure)
    yield from _overlapping(declared.away)


def _overlapping(away: tuple[Away, ...]) -> Iterator[Flaw]:
    by_rep: dict[str, list[tuple[date, date, int]]] = defaultdict(list)
    for index, one in enumerate(away):
        by_rep[one.rep].append((one.from_, one.to, index))
    for rep, periods in by_rep.items():
        for (_, until, _), (begin, _, index) in pairwise(sorted(periods)):
            if begin <= until:
                problem = f"{rep} is away twice on {begin}"
                at = ("accountability", "away", index)
                yield Flaw("overlapping_away", "accountability", at, problem, "join the two")


def _review(strategy: Strategy) -> Iterator[Flaw]:
    cadence = strategy.review.cadence_days
    for goal in strategy.goals:
        period = (goal.due - goal.start).days
        if cadence > period:
            problem = f"reviewed every {cadence} days, but goal '{goal.id}' is over after {period}"
            at = ("review", "cadence_days")
            cure = f"review at least every {period} days"
            yield Flaw("rare_review", "review", at, problem, cure)
            return


def _holidays(strategy: Strategy) -> Iterator[Flaw]:
    holidays = strategy.calendar.holidays
    late = [goal for goal in strategy.goals if holidays and goal.start > max(holidays)]
    if late:
        problem = f"no holiday after {max(holidays)}, but goal '{late[0].id}' starts on"
        problem += f" {late[0].start}"
        cure = "add the holidays of its period"
        yield Flaw("old_holidays", "calendar", ("calendar", "holidays"), problem, cure)
