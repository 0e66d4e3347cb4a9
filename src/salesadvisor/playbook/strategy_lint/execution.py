"""Do the six elements of execution ask for things that can all be done?"""

from __future__ import annotations

from collections.abc import Iterator

from salesadvisor.domain.elements import KeyPath
from salesadvisor.domain.strategy import Strategy
from salesadvisor.playbook.strategy_lint.finding import Flaw
from salesadvisor.playbook.strategy_lint.naming import named_events

# A calendar week with an activity in each leaves at most this many days of silence between two.
_LONGEST_SILENCE_OF_WEEKLY_WORK = 13


def execution_flaws(strategy: Strategy) -> Iterator[Flaw]:
    """Flaws of prospecting, conversations, relationships, closing, activity and CRM use."""
    yield from _prospecting(strategy)
    yield from _conversations(strategy)
    yield from _relationships(strategy)
    yield from _closing(strategy)
    yield from _activity(strategy)
    yield from _crm(strategy)


def _prospecting(strategy: Strategy) -> Iterator[Flaw]:
    waiting = [channel.name for channel in strategy.channels.mix if channel.inbound]
    if waiting and strategy.prospecting.response_hours is None:
        problem = f"nothing says how fast the inbound channel '{waiting[0]}' is answered"
        cure = "declare prospecting.response_hours"
        yield Flaw("no_response_time", "prospecting", ("prospecting",), problem, cure, "fault")


def _conversations(strategy: Strategy) -> Iterator[Flaw]:
    talks = strategy.conversations
    used = {topic for ref in strategy.stages for topic in ref.required_topics}
    used |= named_events(strategy, "topic")
    at: KeyPath = ("conversations",)
    for index, topic in enumerate(talks.topics):
        if topic not in used:
            problem = f"topic '{topic}' is used nowhere"
            cure = "require it at a stage (by_stage), or remove it"
            yield Flaw("unused_topic", "conversations", (*at, "topics", index), problem, cure)
    met = {name for names in talks.attendees.values() for name in names}
    for index, role in enumerate(talks.team_roles):
        if role not in met:
            problem = f"our '{role}' must be in no room"
            cure = "name the role among the attendees of a stage, or remove it"
            here = (*at, "team_roles", index)
            yield Flaw("unused_team_role", "conversations", here, problem, cure)


def _relationships(strategy: Strategy) -> Iterator[Flaw]:
    relations = strategy.relationships
    used = {role for ref in strategy.stages for role in ref.stage.required_roles}
    used |= {role for roles in strategy.conversations.attendees.values() for role in roles}
    used |= {*relations.decision_roles, *relations.champion_roles, *relations.procurement_roles}
    at: KeyPath = ("relationships",)
    for index, role in enumerate(relations.roles):
        if role not in used:
            problem = f"role '{role}' is used nowhere"
            cure = "require it at a stage, name it among the attendees of one, or remove it"
            yield Flaw("unused_role", "relationships", (*at, "roles", index), problem, cure)
    early, late = relations.required_contacts, relations.required_contacts_late
    if early is not None and late is not None and late < early:
        problem = f"fewer contacts late ({late}) than before ({early})"
        here = (*at, "required_contacts_late")
        cure = "ask for at least as many"
        yield Flaw("fewer_contacts_late", "relationships", here, problem, cure, "fault")


def _closing(strategy: Strategy) -> Iterator[Flaw]:
    closing = strategy.closing
    for pipeline in strategy.process.pipelines:
        rank = {
            name: place
            for place, stage in enumerate(pipeline.stages)
            for name in (*stage.entry_criteria, *stage.exit_criteria)
        }
        latest = -1
        for index, step in enumerate(closing.steps):
            if rank.get(step, latest) < latest:
                problem = (
                    f"close plan step '{step}' belongs to stage"
                    f" '{pipeline.stages[rank[step]].name}', before the step above it"
                )
                here: KeyPath = ("closing", "steps", index)
                cure = "list the steps in the order of their stages"
                yield Flaw("closing_order", "closing", here, problem, cure, "fault")
            latest = max(latest, rank.get(step, latest))
    usual, longer = closing.award_to_signature_days, closing.complex_award_to_signature_days
    if usual is not None and longer is not None and longer < usual:
        problem = f"a complex award has {longer} days to signature, a usual one {usual}"
        here = ("closing", "complex_award_to_signature_days")
        cure = "give the complex one more"
        yield Flaw("shorter_complex_award", "closing", here, problem, cure, "fault")


def _activity(strategy: Strategy) -> Iterator[Flaw]:
    seen: dict[tuple[str | None, str | None], int] = {}
    for index, one in enumerate(strategy.activity.standards):
        at: KeyPath = ("activity", "standards", index)
        whose = (one.stage, one.tier)
        if whose in seen:
            problem = f"a second standard for {_told(*whose)}"
            yield Flaw("second_standard", "activity", at, problem, "keep one", "fault")
        seen[whose] = index
        weekly, silent = one.min_per_week, one.max_silent_days
        if weekly is None and silent is None:
            problem = f"the standard for {_told(*whose)} asks for nothing"
            cure = "give min_per_week or max_silent_days"
            yield Flaw("empty_standard", "activity", at, problem, cure)
        if weekly and silent is not None and silent > _LONGEST_SILENCE_OF_WEEKLY_WORK:
            problem = (
                f"{silent} silent days allowed for {_told(*whose)}, but {weekly} a week asked for"
            )
            here = (*at, "max_silent_days")
            cure = "allow at most a week or two of silence, or ask for less"
            yield Flaw("contradicting_standard", "activity", here, problem, cure, "fault")


def _told(stage: str | None, tier: str | None) -> str:
    parts = [f"stage '{stage}'" if stage else "", f"tier '{tier}'" if tier else ""]
    return " and ".join(part for part in parts if part) or "all deals"


def _crm(strategy: Strategy) -> Iterator[Flaw]:
    logging, backdating = strategy.crm.logging_days, strategy.crm.backdating_days
    if logging is not None and backdating is not None and logging > backdating:
        problem = f"logging may take {logging} days, but over {backdating} it counts as backdated"
        cure = "let the backdating limit be the larger one"
        here = ("crm", "logging_days")
        yield Flaw("logging_over_backdating", "crm", here, problem, cure, "fault")
