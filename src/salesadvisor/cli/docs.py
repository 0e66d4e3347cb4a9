"""Which pages of docs/ are made from the code? `python -m salesadvisor.cli.docs docs` does it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import click

from salesadvisor.cli.json_keys import JSON_KEYS
from salesadvisor.cli.program import root
from salesadvisor.cli.signal_groups import grouped
from salesadvisor.domain.rules import Scope
from salesadvisor.domain.scopes import CATALOGUES
from salesadvisor.domain.signals import SignalSpec
from salesadvisor.domain.vocabulary import CONSTRAINT_STATES

_MADE = "<!-- Made from the code by `python -m salesadvisor.cli.docs docs`; don't edit it here. -->"
_HELP_WIDTH = 80
_WINDOWS = "Windows such as `calls_14d` count the last 14 times 24 hours."


def pages() -> Mapping[str, str]:
    """The text of every generated page by file name."""
    return MappingProxyType({"signals.md": signals_page(), "cli.md": commands_page()})


def signals_page() -> str:
    """docs/signals.md: the catalogue."""
    specs = {spec.name: spec for spec in CATALOGUES["deal"]}
    lines = [
        "# Signals",
        _MADE,
        "",
        f"What a rule may ask about a deal: {len(specs)} signals, each a whole number or unknown."
        " A test of an unknown signal is neither true nor false, so a rule that needs it stays"
        " silent; `is_null` and `not_null` ask for that itself.",
        "",
        "Besides these, what the strategy names makes signals of the deal: `attribute.NAME` for"
        " each attribute, `criterion.NAME`, `claim.NAME`, `topic.NAME`, `role.NAME` and"
        " `competitor.NAME` (yes/no: met, presented, discussed, reached, recorded), `over.NAME` for"
        " each learned threshold (the value beyond it) and `constraint.NAME` for each declared"
        f" order of events ({', '.join(CONSTRAINT_STATES)}).",
        "",
        "A code is written by its label (`stage: rfi`), yes/no as `yes` or `no`, an amount in minor"
        f" units (cents), a share in basis points (1 % = 100) or per mille. {_WINDOWS}",
    ]
    for heading, names in grouped(specs).items():
        lines += ["", f"## {heading}", "", "| signal | unit | what it says | unknown when |"]
        lines.append("|---|---|---|---|")
        lines += [_signal_row(specs[name]) for name in names]
    for scope, heading in _SCOPES.items():
        lines += ["", f"## {heading}", "", "| signal | unit | what it says | unknown when |"]
        lines.append("|---|---|---|---|")
        lines += [_signal_row(spec) for spec in CATALOGUES[scope]]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """docs/cli.md: every command's help and the keys of its JSON."""
    lines = ["# Commands", _MADE, "", *_INTRODUCTION, "", "## salesadvisor", "", *_help(root, ())]
    for path, command in _commands():
        name = " ".join(path)
        lines += ["", f"## {name}", "", *_help(command, path)]
        for asked, keys in JSON_KEYS.items():
            option = asked.removeprefix(name)
            if not asked.startswith(name) or (option and not option.startswith(" --")):
                continue
            lines += ["", f"With `--json{option}`:", "", "| key | |", "|---|---|"]
            lines += [f"| `{key}` |{meaning and f' {meaning}'} |" for key, meaning in keys.items()]
    return "\n".join(lines) + "\n"


_SCOPES: Mapping[Scope, str] = MappingProxyType(
    {
        "account": "Rules with `scope: account`",
        "rep": "Rules with `scope: rep`",
        "team": "Rules with `scope: team`",
        "goal": "Rules with `scope: goal`",
        "recommendation": "Meta rules with `scope: recommendation`",
        "rule": "Meta rules with `scope: rule`",
        "model": "Meta rules with `scope: model`",
    }
)

_INTRODUCTION = (
    "`--store`, `--playbook`, `--workers`, `--json` and `--quiet` may stand before a command or"
    " after it.",
    "",
    "| exit status | |",
    "|---|---|",
    "| 0 | done |",
    "| 1 | the answer is no: a rule test failed, `verify` found something |",
    "| 2 | bad input, told on stderr in one line: `error: place: problem; cure` |",
    "| 3 | the store can't be used, or a fault |",
    "| 130 | interrupted |",
    "",
    "With `--json` a command prints one document on stdout and nothing else there. Times are ISO"
    " 8601 with an offset, money is a decimal string in the strategy's currency, a probability is a"
    " fraction of 1, unknown is null. Keys are added over time and never change their meaning.",
    "",
    "`replay --scores` writes deal_id, as_of, win_probability, low, high (80 % interval),"
    " horizon_days and model (its kind, and the day until which it had learned). `replay"
    " --recommendations` writes every candidate: recommendation_id, as_of, deal_id, owner, rule,"
    " element, verdict, priority, win_probability, chance, stake, urgency, weight, cost, expires,"
    " scope, subject; priority = chance x stake x weight x urgency - cost, and deal_id is empty"
    " where the scope is not deal. Rows stand in the same order in every run. Parquet has"
    " probabilities as floats and money as decimals.",
    "",
    "`export` writes recommendation_id, deal_id, owner, rule, element, action, because, due,"
    " expires, priority, currency, win_probability, evidence, event_ids (a list, in CSV between"
    " spaces), strategy (content hash), scope and subject (what it is about; deal_id and"
    " win_probability are empty where that is no deal). In CSV a text that a spreadsheet would take"
    " for a formula gets an apostrophe before it. Every file is written beside its place, renamed"
    " when whole.",
)


def _signal_row(spec: SignalSpec) -> str:
    labels = f" ({', '.join(spec.values)})" if spec.values and spec.unit == "code" else ""
    return f"| `{spec.name}` | {spec.unit}{labels} | {spec.sentence} | {spec.unknown_means} |"


def _commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its path, groups left out, in the order in which they are met."""
    for name, command in root.commands.items():
        if isinstance(command, click.Group):
            for inner, one in command.commands.items():
                yield (name, inner), one
        else:
            yield (name,), command


def _help(command: click.Command, path: tuple[str, ...]) -> list[str]:
    info = " ".join(("salesadvisor", *path))
    # terminal_width, so that the page doesn't depend on who makes it.
    context = click.Context(
        command, info_name=info, terminal_width=_HELP_WIDTH, **command.context_settings
    )
    return ["```", *command.get_help(context).rstrip().splitlines(), "```"]


def main(folder: Path) -> None:
    """Write every page into `folder`."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
