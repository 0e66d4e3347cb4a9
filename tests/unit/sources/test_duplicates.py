"""Is a repeated id told from a copy?"""

from __future__ import annotations

from salesadvisor.sources.duplicates import Again, Ids


def test_a_new_id_is_not_there_again() -> None:
    ids = Ids()
    assert ids.see("a", content="x", line=1) is None
    assert ids.see("b", content="x", line=2) is None


def test_the_same_content_names_its_line_and_other_content_is_counted() -> None:
    ids = Ids()
    ids.see("a", content="x", line=1)
    assert ids.see("a", content="y", line=2) == Again(2, 1, None)
    assert ids.see("a", content="z", line=3) == Again(3, 1, None)
    assert ids.see("a", content="y", line=4) == Again(3, 1, 2)
    assert ids.see("a", content="x", line=5) == Again(3, 1, 1)
