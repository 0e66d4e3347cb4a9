"""When was it? The texts in which files give times and days, as aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from salesadvisor.sources.rows import UnfitRow


def parse_time(
    text: str, column: str, *, zone: tzinfo | None = None, pattern: str | None = None
) -> datetime:
    """The moment that `text` names: ISO 8601, or `pattern` in the letters of strptime.

    A time without an offset is taken in `zone`, a day without a time as its midnight there.
    Raises UnfitRow if the text is no time, or has no offset where there is no `zone`.
    """
    try:
        moment = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        expected = f"of the form '{pattern}'" if pattern else "as 2026-01-31T09:30:00+01:00"
        raise UnfitRow(f"{column}: '{text[:40]}' is not a time; write it {expected}") from None
    if moment.tzinfo is None:
        if zone is None:
            raise UnfitRow(
                f"{column}: '{text}' has no offset; add one, as +00:00,"
                " or set 'timezone' in a mapping"
            )
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UnfitRow(f"{column}: '{text}' is out of range; correct the year") from None
