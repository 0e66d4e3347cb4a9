"""Can any bytes make the YAML reader fail in another way than its one line?"""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import load_strategy
from salesadvisor.playbook.yaml_file import load_yaml

TOKENS = st.sampled_from(
    ["a", "b: ", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "&x ", "*x", "!t ", "'", '"',
     "|\n", ">-\n", "---\n", "...\n", "? ", "# ", "1", "2026-11-24", "null", "\t", "%YAML 1.2\n",
     "process:", "name:", "pipelines:", "stages:", "\u2028", "\x00", "é"]
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(TOKENS, max_size=40).map("".join))
def test_any_text_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "file.yaml"
    path.write_text(text, encoding="utf-8")
    for load in (load_yaml, load_strategy):
        with contextlib.suppress(PlaybookError):
            load(path)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "file.yaml"
    path.write_bytes(raw)
    with contextlib.suppress(PlaybookError):
        load_yaml(path)
