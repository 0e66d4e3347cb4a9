"""Are the declared goals reached, on pace and coverable, and how likely is it that they are hit?"""

from salesadvisor.study.goals.facts import scores_at
from salesadvisor.study.goals.panel import goal_panel
from salesadvisor.study.goals.report import GoalCurve, GoalReport, goal_report
from salesadvisor.study.goals.standing import GoalStanding

__all__ = ["GoalCurve", "GoalReport", "GoalStanding", "goal_panel", "goal_report", "scores_at"]
