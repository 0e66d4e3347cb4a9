"""A playbook in which every rule but two has one fault, planted on purpose."""

from pathlib import Path

from tests.unit.playbook.files import playbook

_RULE = """\
  - id: {id}
    title: {id}
    when: {when}
    because: {because}
    do: Do it.
    action: {action}
{more}"""


def planted(
    identity: str,
    when: str,
    more: str = "",
    *,
    because: str = "It is {days_in_stage} days.",
    action: str = "{kind: call}",
) -> str:
    """One rule; `more` are further keys of it, each on a line."""
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    return _RULE.format(id=identity, when=when, because=f'"{because}"', action=action, more=lines)


# Two rules without a fault; what others are compared with.
SOUND = planted("OK1", "{days_in_stage: {gt: 30}, stage: last}") + planted(
    "OK2",
    "{days_in_stage: {between: [5, 9]}, stage: first}",
    action="{kind: call, stance: advance}",
)
# Three signals, each one of four values beyond the codes: 64 alternatives.
_TOO_MANY = ", ".join(
    f"{{any: [{', '.join(f'{{{name}: {value}}}' for value in (70, 80, 90, 100))}]}}"
    for name in ("quotes", "cycle", "stage_skips")
)
FAULTS = {
    "unreadable": planted("F01", "{days_in_stge: {gt: 3}}")
    + planted("F02", "{stage: {gt: 3}, calls_7d: {gt: 1}}", action="{kind: phone}"),
    "never_true": planted("F03", "{days_in_stage: {gt: 9, lt: 10}}")
    + planted("F04", "{calls_7d: {lt: 0}}", because="{calls_7d}")
    + planted(
        "F05",
        "{days_over_stage_limit: {gt: 3}, stage_limit_days: {is_null: true}}",
        because="{days_over_stage_limit}",
    )
    + planted("F06", "{calls_7d: {gt: 5}, calls_30d: {lt: 3}}", because="{calls_7d}")
    + planted("F07", "{stage: first, stage_rank: {ge: 1}}", because="{stage}"),
    "always_true": planted("F08", "{age_days: {ge: 0}}", because="{age_days}"),
    "empty_flag": planted(
        "F09", "{days_in_stage: {gt: 77}, any: [{stage: {flagged: shortlist}}, {stage: first}]}"
    ),
    "dead_alternative": planted(
        "F27",
        "{days_in_stage: {gt: 78}, any: [{stage: last}, {stage: first, pipeline: renewal}]}",
        action="{kind: demo}",
    ),
    "duplicate": planted(
        "F10",
        "{stage: {in: [last]}, not: {days_in_stage: {le: 30}}}",
        action="{kind: email}",
    ),
    "subsumed": planted("F11", "{days_in_stage: {gt: 60}, stage: last, calls_7d: 0}"),
    "contradiction": planted(
        "F12",
        "{days_in_stage: {between: [9, 12]}, attribute.phase: I}",
        action="{kind: decision, stance: withdraw}",
    ),
    "no_silent_test": planted("F13", "{days_in_stage: 101}"),
    "no_firing_test": planted("F14", "{days_in_stage: 102}"),
    "lone_group": planted("F15", "{days_in_stage: 103}", "group: alone"),
    "period_over": planted("F16", "{days_in_stage: 104}", "effective_to: 2020-12-31"),
    "daily_dedupe": planted("F17", "{days_in_stage: 105}", "dedupe: [stage, days_in_stage]"),
    "silent_reason": planted("F18", "{days_in_stage: 106}", because="{quotes} quotes"),
    "bold_hypothesis": planted("F19", "{days_in_stage: 107}", "effect_permille: 400"),
    "no_effort": planted("F20", "{days_in_stage: 108}", "effort_minutes: 0"),
    "hasty_expiry": planted("F21", "{days_in_stage: 109}", "within_days: 9\nexpires_days: 8"),
    "too_many_alternatives": planted("F22", f"{{days_in_stage: 110, all: [{_TOO_MANY}]}}"),
    "empty_group": "",
    "never_fired": planted("F23", "{days_in_stage: 111}"),
    "always_fired": planted(
        "F24", "{age_days: {ge: 3}}", because="{age_days}", action="{kind: task}"
    ),
    "unseen_threshold": planted("F25", "{days_in_stage: {gt: 5000}}"),
    "never_known": planted("F26", "{discount_bp: {gt: 5}}", because="{discount_bp}"),
}
UNTESTED = {"F13": "silent", "F14": "fires"}
_GROUPS = "groups: {nobody: {hit: collect}}\n"


def planted_playbook(directory: Path) -> Path:
    """All of it in closing.yaml; every rule that can be read has both tests, but two."""
    rules = SOUND + "".join(FAULTS.values())
    return playbook(
        directory,
        closing=f"{_GROUPS}rules:\n{rules}",
        closing__test=_tests(["OK1", "OK2", *(f"F{n:02}" for n in range(3, 28))]),
    )


def _tests(identities: list[str]) -> str:
    """Whether a case holds is no matter of lint; that it is there, is."""
    lines = ["tests:"]
    for expected in ("fires", "silent"):
        for one in identities:
            if UNTESTED.get(one) != expected:
                lines.append(f"  - {{case: {one} {expected}, expect: {{{one}: {expected}}}}}")
    return "\n".join(lines) + "\n"
