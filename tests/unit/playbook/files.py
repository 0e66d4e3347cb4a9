"""Small playbooks, written to a directory of the test."""

from pathlib import Path

STRATEGY = """\
name: small
currency: EUR
attributes:
  phase: {values: [I, II, III]}
  listed: {values: [yes, no]}
  patients: {number: true, unit: patients}
target_market:
  tiers:
    - name: core
      where: {phase: [II, III]}
    - name: rest
      where: {patients: {ge: 10, lt: 500}}
process:
  pipelines:
    - name: new
      stages:
        - {name: first, limit_days: 20}
        - {name: offer, proposal: true}
        - {name: last, late: true, limit_days: 10}
    - name: renewal
      stages:
        - {name: offer}
        - {name: signing, late: true}
pricing: {discount_authority_percent: 7.5}
closing: {award_to_signature_days: 56}
relationships: {roles: [buyer, boss]}
conversations: {topics: [pricing]}
"""

RULE = """\
rules:
  - id: R1
    title: A title
    when: {when}
    because: A reason.
    do: An action.
    action: {{kind: call}}
{more}"""


def playbook(directory: Path, *, strategy: str = STRATEGY, **files: str) -> Path:
    """A playbook in `directory`; `closing="..."` is written to closing.yaml."""
    (directory / "strategy.yaml").write_text(strategy, encoding="utf-8")
    for name, text in files.items():
        (directory / f"{name.replace('__', '.')}.yaml").write_text(text, encoding="utf-8")
    return directory


def rule(when: str, more: str = "") -> str:
    """A rule file with one rule; `more` are further lines of it, indented by four."""
    return RULE.format(when=when, more=more)
