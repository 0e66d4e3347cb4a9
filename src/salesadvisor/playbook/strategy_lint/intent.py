"""Do market, claims, channels, prices and competitors say one thing? Five elements of strategy."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from salesadvisor.domain.elements import Element, KeyPath, Segment
from salesadvisor.domain.strategy import StageRef, Strategy
from salesadvisor.playbook.strategy_lint.coverage import covers, is_empty
from salesadvisor.playbook.strategy_lint.finding import Flaw

_WHOLE = Decimal(100)


def intent_flaws(strategy: Strategy) -> Iterator[Flaw]:
    """Flaws of target market, value proposition, channels, pricing and competition."""
    yield from _market(strategy)
    yield from _claims(strategy)
    yield from _channels(strategy)
    yield from _pricing(strategy)
    yield from _competition(strategy)


def _market(strategy: Strategy) -> Iterator[Flaw]:
    market = strategy.target_market
    at: KeyPath = ("target_market", "tiers")
    for index, tier in enumerate(market.tiers):
        here = (*at, index)
        if is_empty(tier.where):
            problem = f"no deal can be of tier '{tier.name}'"
            cure = "correct the bounds that exclude each other"
            yield Flaw("empty_tier", "target_market", here, problem, cure, "fault")
            continue
        for earlier in market.tiers[:index]:
            if covers(earlier.where, tier.where):
                problem = (
                    f"tier '{tier.name}' can never match: '{earlier.name}' before it takes all"
                )
                cure = f"move it before '{earlier.name}', or remove it"
                yield Flaw("covered_tier", "target_market", here, problem, cure, "fault")
                break
        for segment in market.excluded:
            if covers(segment.where, tier.where):
                problem = f"every deal of tier '{tier.name}' is excluded by '{segment.name}'"
                cure = "narrow the exclusion, or remove the tier"
                yield Flaw("excluded_tier", "target_market", here, problem, cure, "fault")
    yield from _empty_segments(market.excluded)
    shares = [tier.effort_share_percent for tier in market.tiers]
    yield from _shares("target_market", at, "effort", "tier", shares)


def _empty_segments(excluded: tuple[Segment, ...]) -> Iterator[Flaw]:
    for index, segment in enumerate(excluded):
        if is_empty(segment.where):
            problem = f"no deal can be of the excluded segment '{segment.name}'"
            cure = "correct the bounds that exclude each other"
            at = ("target_market", "excluded", index)
            yield Flaw("empty_segment", "target_market", at, problem, cure, "fault")


def _shares(
    element: Element, at: KeyPath, what: str, of: str, shares: list[Decimal | None]
) -> Iterator[Flaw]:
    """Shares of a whole, if any is declared: they must add up to it."""
    given = [share for share in shares if share is not None]
    if given and sum(given) != _WHOLE:
        missing = len(shares) - len(given)
        without = f", and {missing} without one" if missing else ""
        problem = f"the {what} shares add up to {sum(given):g} %{without}"
        cure = f"give every {of} its share of 100 %"
        yield Flaw(f"{what}_shares", element, at, problem, cure)


def _claims(strategy: Strategy) -> Iterator[Flaw]:
    claims = strategy.value_proposition.claims
    for index, claim in enumerate(claims):
        at: KeyPath = ("value_proposition", "claims", index)
        if claim.proof is None:
            problem = f"claim '{claim.id}' has no proof"
            yield Flaw("unproven_claim", "value_proposition", at, problem, "name its proof")
        for late, proposal in _after_the_proposal(strategy, claim.required_from_stage):
            problem = (
                f"claim '{claim.id}' is required from '{late.name}' on, after the proposal"
                f" ('{proposal.name}')"
            )
            here = (*at, "required_from_stage")
            cure = f"require it from '{proposal.name}' or an earlier stage on"
            yield Flaw("late_claim", "value_proposition", here, problem, cure, "fault")
    silent = [
        tier.name
        for tier in strategy.target_market.tiers
        if claims and not any(not c.segments or tier.name in c.segments for c in claims)
    ]
    for name in silent:
        problem = f"tier '{name}' has no claim: all are for other tiers"
        cure = f"add '{name}' to the segments of a claim, or write one for it"
        at = ("value_proposition", "claims")
        yield Flaw("tier_without_claim", "value_proposition", at, problem, cure)


def _after_the_proposal(
    strategy: Strategy, stage: str | None
) -> Iterator[tuple[StageRef, StageRef]]:
    """Where a stage of that name comes after the first stage with the offer out."""
    for ref in strategy.stages:
        if ref.name != stage:
            continue
        own = [one for one in strategy.stages if one.pipeline_code == ref.pipeline_code]
        first = next((one for one in own if one.stage.proposal), None)
        if first is not None and ref.rank > first.rank:
            yield ref, first


def _channels(strategy: Strategy) -> Iterator[Flaw]:
    channels = strategy.channels
    mix, at = channels.mix, ("channels", "mix")
    kinds = {channel.kind for channel in mix}
    both = {"direct", "partner"} <= kinds
    if both and channels.conflict_on is None:
        problem = "direct and partner channels, but nothing tells that two deals are of one study"
        cure = "name the attribute in which they agree: conflict_on"
        yield Flaw("no_conflict_attribute", "channels", ("channels",), problem, cure)
    if channels.conflict_on is not None and not both:
        problem = "conflict_on never applies: no direct beside a partner channel"
        cure = "give the channels their kind: direct or partner"
        yield Flaw(
            "idle_conflict_attribute", "channels", ("channels", "conflict_on"), problem, cure
        )
    ruled = [channel for channel in mix if channel.rule is not None]
    for index, channel in enumerate(mix):
        if ruled and channel.rule is None:
            problem = f"channel '{channel.name}' has no rule of engagement; others have one"
            yield Flaw("unruled_channel", "channels", (*at, index), problem, "add its rule")
    yield from _shares("channels", at, "channel", "channel", [one.share_percent for one in mix])
    recorded = strategy.attributes.get("channel")
    if mix and recorded:
        planned = {channel.name for channel in mix}
        for name in recorded.values:
            if name not in planned:
                problem = f"channel '{name}' can be recorded but is not in the mix"
                cure = "add it to the mix, with a share of 0 if it isn't wanted"
                yield Flaw("unplanned_channel", "channels", at, problem, cure)


def _pricing(strategy: Strategy) -> Iterator[Flaw]:
    pricing = strategy.pricing
    ladder, at = pricing.discount_authority, ("pricing", "discount_authority")
    for index, (lower, higher) in enumerate(pairwise(ladder), start=1):
        if higher.percent <= lower.percent:
            problem = (
                f"'{higher.role}' may give {higher.percent:g} %, no more than '{lower.role}' before"
                f" it ({lower.percent:g} %)"
            )
            cure = "list the roles from the lowest authority to the highest"
            yield Flaw("flat_authority", "pricing", (*at, index), problem, cure, "fault")
    alone = pricing.discount_authority_percent
    if ladder and alone is not None and alone != min(one.percent for one in ladder):
        lowest = min(one.percent for one in ladder)
        problem = f"a rep alone may give {alone:g} %, but the lowest authority is {lowest:g} %"
        here = ("pricing", "discount_authority_percent")
        yield Flaw("rep_authority", "pricing", here, problem, "make the two equal", "fault")
    floor = pricing.floor_margin_percent
    for index, one in enumerate(ladder):
        if floor is not None and one.percent > floor:
            problem = (
                f"'{one.role}' may give {one.percent:g} %, more than the floor margin of"
                f" {floor:g} %"
            )
            cure = "lower the authority, or raise the floor"
            yield Flaw("authority_over_floor", "pricing", (*at, index), problem, cure)
    yield from _early_authority(strategy)


def _early_authority(strategy: Strategy) -> Iterator[Flaw]:
    pricing = strategy.pricing
    barred = pricing.no_discount_before_stage
    if barred is None:
        return
    for ref in strategy.stages:
        if ref.name == barred and ref.rank == 0:
            problem = f"no_discount_before_stage bars nothing: '{barred}' is the first stage"
            cure = "name the first stage in which a discount is right, or remove it"
            here = ("pricing", "no_discount_before_stage")
            yield Flaw("idle_discount_bar", "pricing", here, problem, cure)
    rank = {(ref.pipeline, ref.name): ref.rank for ref in strategy.stages}
    for index, one in enumerate(pricing.discount_authority):
        for pipeline in strategy.pipeline_codes:
            begins, bar = rank.get((pipeline, one.from_stage or "")), rank.get((pipeline, barred))
            if begins is not None and bar is not None and begins < bar:
                problem = (
                    f"'{one.role}' may give a discount from '{one.from_stage}' on, but none is"
                    f" allowed before '{barred}'"
                )
                path: KeyPath = ("pricing", "discount_authority", index, "from_stage")
                cure = f"begin at '{barred}'"
                yield Flaw("early_authority", "pricing", path, problem, cure, "fault")


def _competition(strategy: Strategy) -> Iterator[Flaw]:
    competition = strategy.competition
    for index, rival in enumerate(competition.competitors):
        if rival.battle_plan is None:
            problem = f"competitor '{rival.name}' has no battle plan"
            at = ("competition", "competitors", index)
            yield Flaw("no_battle_plan", "competition", at, problem, "say how to win against it")
    for index, declined in enumerate(competition.no_bid):
        for tier in strategy.target_market.tiers:
            if covers(declined.where, tier.where):
                problem = f"every deal of tier '{tier.name}' is declined: {declined.text}"
                at = ("competition", "no_bid", index)
                cure = "narrow it, or remove the tier"
                yield Flaw("declined_tier", "competition", at, problem, cure, "fault")
