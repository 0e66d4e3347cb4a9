"""What is a playbook? A directory: one strategy, rule files by element, tests beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import salesadvisor
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary, vocabulary
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.rule_files import STRATEGY_FILE, load_rules, rule_data
from salesadvisor.playbook.yaml_file import load_yaml, validate


@dataclass(frozen=True)
class Playbook:
    """A strategy and the rules that hold execution against it.

    `content_hash` names both: 12 hex digits, whatever the order of keys and the comments.
    """

    directory: Path
    strategy: Strategy
    rules: tuple[Rule, ...]
    content_hash: str

    @property
    def name(self) -> str:
        return self.strategy.name

    @cached_property
    def words(self) -> Vocabulary:
        """The signals that the rules may ask for, with the labels of this strategy."""
        return vocabulary(self.strategy)


def load_playbook(directory: Path) -> Playbook:
    """The playbook in `directory`; raises PlaybookError with file, line and cure."""
    return playbook_under(load_strategy(directory / STRATEGY_FILE), directory)


def playbook_under(strategy: Strategy, directory: Path) -> Playbook:
    """The rules in `directory`, read under `strategy`, which may be another than the one there.

    Raises PlaybookError, as for a rule that asks for what this strategy does not declare.
    """
    rules = load_rules(directory, strategy)
    content = {"strategy": strategy.content_hash, "rules": rule_data(directory)}
    canonical = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:12]
    return Playbook(directory, strategy, rules, digest)


def load_strategy(path: Path) -> Strategy:
    """The strategy in the file at `path`; raises PlaybookError with file, line and cure."""
    return validate(Strategy, load_yaml(path))


def shipped_playbooks() -> Mapping[str, Path]:
    """The playbooks that come with salesadvisor, by name."""
    package = Path(salesadvisor.__file__).parent
    # Inside the wheel, or beside src/ in a checkout.
    for rules in (package / "rules", package.parents[1] / "rules"):
        if rules.is_dir():
            return {
                path.parent.name: path.parent for path in sorted(rules.glob(f"*/{STRATEGY_FILE}"))
            }
    return {}


def find_playbook(name: str | Path) -> Path:
    """The directory of a playbook given by directory or by the name of a shipped one.

    Raises PlaybookError if there is none.
    """
    directory = Path(name)
    if (directory / STRATEGY_FILE).is_file():
        return directory
    shipped = shipped_playbooks()
    if str(name) in shipped:
        return shipped[str(name)]
    if directory.is_dir():
        raise PlaybookError(str(name), f"holds no {STRATEGY_FILE}", "name a playbook's directory")
    cure = did_you_mean(str(name), shipped)
    raise PlaybookError(str(name), "is no playbook", f"{cure}, or name a directory")
