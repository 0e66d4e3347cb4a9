"""Does the main job run on real history? BPI Challenge 2012, with the generic playbook."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from salesadvisor import settings

settings.keep_kernels()

from salesadvisor.advisor import Advisor  # noqa: E402
from salesadvisor.domain.state import STATUS_LOST, STATUS_WON  # noqa: E402
from salesadvisor.playbook.playbook import find_playbook  # noqa: E402
from salesadvisor.playbook.starter import start_playbook  # noqa: E402
from salesadvisor.sources import load_mapping  # noqa: E402

ROOT = Path(__file__).parents[2]
EVENTS = ROOT.parent / "shared/data/bpic2012/events.csv.gz"
MAPPING = ROOT / "mappings/bpic2012.yaml"

pytestmark = pytest.mark.shared


def test_bpic_2012_imports_once_and_replays_daily_to_the_same_digest(tmp_path: Path) -> None:
    pipeline = load_mapping(MAPPING).pipeline
    playbook = start_playbook(
        tmp_path / "playbook",
        find_playbook("generic_b2b"),
        currency="EUR",
        pipeline=pipeline.name,
        stages=pipeline.stages,
    )
    chosen = settings.Settings(str(tmp_path / "s.sqlite"), str(playbook), workers=1)
    with settings.open_advisor(chosen, create=True) as advisor:
        done, again = (
            advisor.import_file(
                EVENTS, format="auto", mapping=MAPPING, rejects_in=tmp_path,
                learned_at=settings.now(),
            )
            for _ in range(2)
        )  # fmt: skip
        assert done.rows == done.read + done.rejected + done.collapsed == 161_584
        assert done.added == done.events == again.known
        assert again.added == again.corrected == 0

        alone = advisor.replay(None, None, "day")
        together = replace(advisor, workers=2)
        assert isinstance(together, Advisor)
        assert together.replay(None, None, "day").digest() == alone.digest()
        outcomes = Counter(alone.found.closes["status"].tolist())
        assert outcomes == {STATUS_WON: 1_277, STATUS_LOST: 6_649}
        assert (alone.verdict == 0).any()
