"""What does the page say in words, beside the figures? Counts, sentences and what is cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salesadvisor.study.scoreboard import ElementLine, Status
from salesadvisor.study.summary import Summary
from salesadvisor.study.weekly_advice import RepWeek
from salesadvisor.web.conformance_words import ConformanceView, conformance_view
from salesadvisor.web.figures import colours_by_stage
from salesadvisor.web.goal_words import GoalCard, goal_cards

MOST_REPS = 12
MOST_LINES = 8


@dataclass(frozen=True)
class Page:
    """Everything the template asks for that the summary doesn't say itself."""

    on_plan: int
    off_plan: int
    cannot_tell: int
    reps: tuple[RepWeek, ...]
    other_reps: tuple[RepWeek, ...]
    advised: int
    goals: tuple[GoalCard, ...]
    conformance: ConformanceView
    stage_colours: tuple[tuple[str, str], ...]
    story_stages: tuple[tuple[str, str], ...]
    pipeline_text: str
    calibration_text: str
    story_text: str


def page_of(summary: Summary) -> Page:
    """The words of the page."""
    colours = colours_by_stage(summary.stages.stages)
    story = summary.story
    passed = dict.fromkeys(band.stage for band in story.bands) if story else {}
    return Page(
        on_plan=_count(summary.scoreboard, "on plan"),
        off_plan=_count(summary.scoreboard, "off plan"),
        cannot_tell=_count(summary.scoreboard, "cannot tell"),
        reps=summary.advice.reps[:MOST_REPS],
        other_reps=summary.advice.reps[MOST_REPS:],
        advised=sum(bool(week.lines) for week in summary.advice.reps),
        goals=goal_cards(summary.audit.goals),
        conformance=conformance_view(summary.audit.conformance),
        stage_colours=tuple((stage, colours[stage]) for stage in summary.stages.stages),
        story_stages=tuple((stage, colours[stage]) for stage in colours if stage in passed),
        pipeline_text=_pipeline_text(summary),
        calibration_text=_calibration_text(summary),
        story_text=_story_text(summary),
    )


def _count(lines: Sequence[ElementLine], status: Status) -> int:
    return sum(line.status == status for line in lines)


def _pipeline_text(summary: Summary) -> str:
    stages = summary.stages
    if not stages.days:
        return "No checkpoint."
    totals = [sum(layer[place] for layer in stages.deals) for place in range(len(stages.days))]
    most = max(range(len(totals)), key=totals.__getitem__)
    return (
        f"Open deals at {len(totals)} checkpoints: {totals[0]} on {stages.days[0]}, at most "
        f"{totals[most]} on {stages.days[most]}, {totals[-1]} on {stages.days[-1]}."
    )


def _calibration_text(summary: Summary) -> str:
    groups = [
        f"{100 * item.mean_probability:.0f} % given, {100 * item.won.value:.0f} % won"
        for item in summary.reliability.evaluation.calibration
    ]
    return "By group: " + "; ".join(groups) + "."


def _story_text(summary: Summary) -> str:
    story = summary.story
    if story is None:
        return ""
    chances = [chance.percent for chance in story.chances]
    spoken = (
        f"The chance of a win was {chances[0]:.0f} % at first, between {min(chances):.0f} and "
        f"{max(chances):.0f} % since, and is {chances[-1]:.0f} % at the end. "
        if chances
        else ""
    )
    stages = ", ".join(band.stage.replace("_", " ") for band in story.bands)
    return f"{spoken}Stages passed: {stages}. {len(story.events)} events."
