"""Does an answer wrap where it should, and show what it must not obey?"""

from __future__ import annotations

import pytest

from salesadvisor.cli.layout import Page, visible


def test_a_paragraph_wraps_under_its_mark() -> None:
    page = Page().item("12.", "word " * 30)
    lines = page.text(60).splitlines()
    assert lines[0].startswith("12. word")
    assert all(line.startswith("    word") for line in lines[1:])
    assert max(map(len, lines)) <= 60


def test_an_id_is_never_broken_and_a_text_beside_it_is() -> None:
    page = Page().rows([("CR-00001.12345", "text " * 40, "id-1")], whole=(0, 2))
    lines = page.text(60).splitlines()
    assert lines[0].startswith("CR-00001.12345  text")
    assert lines[0].endswith("id-1")
    assert len(lines) > 2


def test_a_heading_has_an_empty_line_above_unless_it_opens_the_page() -> None:
    page = Page().title("One").line("x").title("Two")
    assert page.text(80).splitlines() == ["One", "x", "", "Two"]


def test_no_line_ends_in_blanks() -> None:
    page = Page().rows([("a", ""), ("abc", "x")], head=("n", "v")).line("y  ")
    assert [line for line in page.text(80).splitlines() if line != line.rstrip()] == []


def test_brackets_of_a_text_are_no_markup() -> None:
    assert Page().line("[bold]x[/bold] :smile: [id]").text(80) == "[bold]x[/bold] :smile: [id]"


def test_colour_is_for_terminals_only() -> None:
    page = Page().title("One")
    assert "\x1b[" not in page.text(80)
    assert "\x1b[" in page.text(80, is_terminal=True)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\x07b\x9bc", "a\\x07b\\x9bc"),
        ("a\u202eb", "a\ufffdb"),
        ("Zoë, 株式会社, −5 ×", "Zoë, 株式会社, −5 ×"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_control_character_is_shown_not_obeyed(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_wide_characters_keep_the_columns_straight() -> None:
    lines = Page().rows([("株式", "a"), ("abcd", "b")]).text(80).splitlines()
    assert lines == ["株式  a", "abcd  b"]
