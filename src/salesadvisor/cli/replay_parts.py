"""How do the replays of a period read as one, where several strategies decided it?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesadvisor.cli.wording import iso

if TYPE_CHECKING:
    from salesadvisor.study.versions import Version

Figures = Mapping[str, Any]
"""A replay's document, as replaying.py makes it."""


def joined(parts: Sequence[tuple[Version | None, Figures]]) -> dict[str, Any]:
    """One document of the parts, in order of time; the last part's strategy stands for all.

    `versions` tells the parts. Cool-downs and capacity begin anew with each of them.
    """
    documents = [document for _, document in parts]
    whole = dict(documents[-1]) if len(parts) == 1 else _summed(documents)
    return {
        **whole,
        "versions": [
            {
                "hash": document["strategy"]["hash"],
                "since": None if version is None else iso(version.since),
                **{key: document[key] for key in ("from", "to", "checkpoints", "digest")},
            }
            for version, document in parts
        ],
    }


def places_of(path: Path | None, hashes: Sequence[str]) -> list[Path | None]:
    """Where the table of each part goes: with several, their number and hash are in the name."""
    if path is None or len(hashes) == 1:
        return [path] * len(hashes)
    return [
        path.with_name(f"{path.stem}.{number}-{content_hash}{path.suffix}")
        for number, content_hash in enumerate(hashes, start=1)
    ]


def _summed(documents: Sequence[Figures]) -> dict[str, Any]:
    digest = hashlib.blake2b(digest_size=8)
    for document in documents:
        digest.update(document["digest"].encode())
    return {
        **documents[-1],
        "from": documents[0]["from"],
        **{
            key: sum(document[key] for document in documents)
            for key in ("checkpoints", "rows", "candidates")
        },
        "verdicts": _added(document["verdicts"] for document in documents),
        "rules": _rules([rule for document in documents for rule in document["rules"]]),
        "models": _added(document["models"] for document in documents),
        "digest": digest.hexdigest(),
    }


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _rules(rules: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures of each rule over all parts, most shown first."""
    found: dict[str, dict[str, Any]] = {}
    for rule in rules:
        before = found.get(rule["rule"], {"fired": 0, "shown": 0})
        found[rule["rule"]] = {**rule, **{k: before[k] + rule[k] for k in ("fired", "shown")}}
    return sorted(found.values(), key=lambda rule: (-rule["shown"], rule["rule"]))
