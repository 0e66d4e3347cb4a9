"""How does an answer look on a terminal of some width? Blocks of text, wrapped where they must be.

What a CRM says is shown, never obeyed: control characters of its texts become visible.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

NARROWEST, WIDEST = 60, 120
_LAST_CONTROL = 0x9F
_BIDIRECTIONAL = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Page:
    """An answer, block by block; `text` lays it out."""

    def __init__(self) -> None:
        self._blocks: list[RenderableType] = []

    def line(self, text: str = "", style: str = "", *, indent: int = 0) -> Page:
        """A paragraph, wrapped and indented as a whole."""
        block = _text(text, style)
        self._blocks.append(Padding(block, (0, 0, 0, indent), expand=False) if indent else block)
        return self

    def title(self, text: str) -> Page:
        """A heading with an empty line above it, unless it opens the page."""
        if self._blocks:
            self.line()
        return self.line(text, "bold")

    def item(self, mark: str, text: str, style: str = "", *, indent: int = 0) -> Page:
        """A paragraph that hangs behind its mark."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row(_text(mark, "bold" if style == "" else style), _text(text, style))
        self._blocks.append(Padding(grid, (0, 0, 0, indent), expand=False))
        return self

    def rows(
        self,
        rows: Sequence[Sequence[str]],
        *,
        head: Sequence[str] = (),
        right: Sequence[int] = (),
        whole: Sequence[int] = (0,),
        faint: Sequence[int] = (),
        indent: int = 0,
    ) -> Page:
        """Rows of cells in columns; those of `right` are flush right, those of `whole` unbroken."""
        if not rows:
            return self
        table = Table(
            box=None, show_header=bool(head), header_style="bold", padding=(0, 2, 0, 0),
            pad_edge=False,
        )  # fmt: skip
        for index in range(len(rows[0])):
            table.add_column(
                _text(head[index]) if head else "",
                justify="right" if index in right else "left",
                no_wrap=index in whole,
                overflow="fold",
                style="dim" if index in faint else "",
            )
        for row in rows:
            table.add_row(*(_text(cell) for cell in row))
        self._blocks.append(Padding(table, (0, 0, 0, indent), expand=False))
        return self

    def text(self, width: int, *, is_terminal: bool = False) -> str:
        """The page as lines of at most `width` characters where words allow it."""
        out = io.StringIO()
        console = Console(
            file=out,
            width=max(NARROWEST, min(width, WIDEST)),
            force_terminal=is_terminal,
            color_system="standard" if is_terminal else None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        for block in self._blocks:
            console.print(block)
        return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def visible(text: str) -> str:
    """The text with control characters, which could steer a terminal, made visible."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    code = ord(character)
    if character == "\n" or (code >= 0x20 and not 0x7F <= code <= _LAST_CONTROL):
        return "\ufffd" if character in _BIDIRECTIONAL else character
    return f"\\x{code:02x}"


def _text(text: str, style: str = "") -> Text:
    return Text(visible(text), style=style, overflow="fold")
