"""Is a YAML file read as data only, and does every problem name its line?"""

from datetime import date
from pathlib import Path

import pytest

from salesadvisor.errors import MappingError, PlaybookError
from salesadvisor.playbook.yaml_file import load_yaml


def written(directory: Path, content: str | bytes) -> Path:
    path = directory / "file.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problem(directory: Path, content: str | bytes) -> str:
    with pytest.raises(PlaybookError) as caught:
        load_yaml(written(directory, content))
    return str(caught.value).removeprefix(str(directory))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: !!python/object/apply:os.system ['true']",
        "a: 1\nb: !!python/name:os.system",
        "a: 1\nb: !!str 5",
        "a: 1\nb: !mine 5",
        "a: 1\nb: !!set {x}",
        "a: 1\n!!str b: 5",
    ],
)
def test_a_tag_is_refused(tmp_path: Path, text: str) -> None:
    said = problem(tmp_path, text)
    assert said.startswith("/file.yaml:2: uses the tag")


def test_an_alias_bomb_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{key}: &{key} [*{last}, *{last}, *{last}, *{last}]\n"
        for last, key in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert problem(tmp_path, bomb).startswith("/file.yaml:1: uses an anchor or alias")


def test_a_merge_key_needs_an_alias_and_is_refused(tmp_path: Path) -> None:
    assert "anchor" in problem(tmp_path, "base: &base {a: 1}\nb: {<<: *base}")


def test_a_duplicate_key_names_both_lines(tmp_path: Path) -> None:
    said = problem(tmp_path, "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    assert said == "/file.yaml:5: duplicate key 'c', first on line 3; keep one"


def test_keys_are_words_however_they_are_written(tmp_path: Path) -> None:
    assert "duplicate key '1'" in problem(tmp_path, "1: a\n'1': b\n")


def test_several_documents_are_refused(tmp_path: Path) -> None:
    assert problem(tmp_path, "a: 1\n---\nb: 2\n").startswith("/file.yaml:2: holds several")


@pytest.mark.parametrize(
    "content, said",
    [
        (b"a: 1\nb: \xff\n", "/file.yaml:2: is not UTF-8 text; save it as UTF-8"),
        (b"\xff\xfea\x00", "/file.yaml:1: is not UTF-8 text; save it as UTF-8"),
        (b"a: \x00", "/file.yaml:1: not YAML"),
        (b"a: 1\nb: [1, 2\nc: 3\n", "/file.yaml:2: not YAML: a bracket opened here is not closed"),
        (b"a: 1\n\tb: 2\n", "/file.yaml:2: not YAML: a tab in the indentation; indent with spaces"),
        (b"a:\n\tb: 2\n", "/file.yaml:2: not YAML: a tab in the indentation; indent with spaces"),
        (b"a: 1\nb: '2\nc: 3\n", "/file.yaml:2: not YAML: a quote opened here is not closed"),
        (b"a: 1\nb 2\nc: 3\n", "/file.yaml:2: not YAML: a key without ': '; write 'key: value'"),
        (b"a: 1\nb:2\nc: 3\n", "/file.yaml:2: not YAML: no space after ':'; write 'b: 2'"),
        (b"a: 1\nb: see: c\n", "/file.yaml:2: not YAML: a ': ' inside a value"),
        (b"a: 1\n  b: 2\n", "/file.yaml:2: not YAML: a ': ' inside a value, or a line indented"),
        (b"a: 1\nb: %d\n", "/file.yaml:2: not YAML: a value can't begin with %; put it in quotes"),
        (b"a: 1\nb: @me\n", "/file.yaml:2: not YAML: a value can't begin with @; put it in quotes"),
        (b"a: 1\nb: {c} d\n", "/file.yaml:2: not YAML: a line that does not go on with the keys"),
        (b"a:\n  - 1\n  b: 2\n", "/file.yaml:3: not YAML: a line that is no item, inside a list"),
        (b"a: 1\nb: > 30\n", "/file.yaml:2: not YAML: a value that begins with '>' or '|'; put"),
        (b"[" * 100_000, "/file.yaml:1: is nested deeper than 40 levels"),
        (b"{a: " * 100_000, "/file.yaml:1: is nested deeper than 40 levels"),
        (b"#" * (1 << 20) + b"x", "/file.yaml: is larger than 1 MiB"),
        (b"a: 2026-02-30", "/file.yaml:1: '2026-02-30' is no day of the calendar"),
        (b"a: 1234567890123456789", "/file.yaml:1: a number has more than 18 digits"),
        (b"a: 1e999", "/file.yaml:1: '1e999' is too large a number"),
        (b"? [a]\n: 1", "/file.yaml:1: a key is a list or a mapping"),
    ],
)
def test_what_is_no_plain_yaml_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    assert problem(tmp_path, content).startswith(said)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match=r"none\.yaml: can't be read: no such file"):
        load_yaml(tmp_path / "none.yaml")


def test_a_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="is a directory"):
        load_yaml(tmp_path)


def test_the_caller_names_the_class_of_error(tmp_path: Path) -> None:
    with pytest.raises(MappingError):
        load_yaml(written(tmp_path, "a: &x 1"), error=MappingError)


def test_only_true_and_false_are_booleans(tmp_path: Path) -> None:
    document = load_yaml(written(tmp_path, "[yes, no, on, NO, y, true, false, null, ~, 'true']"))
    expected = ["yes", "no", "on", "NO", "y", True, False, None, None, "true"]
    assert document.data == expected


def test_numbers_and_days_read_as_they_look(tmp_path: Path) -> None:
    text = "[010, 1_000, -3, +4, 12:30, 0x1F, 1.5, .5, 2e3, 2026-11-24, '2026-11-24', v1.5, '5']"
    expected = [10, 1000, -3, 4, "12:30", "0x1F", 1.5, 0.5, 2000.0, date(2026, 11, 24)]
    assert load_yaml(written(tmp_path, text)).data == [*expected, "2026-11-24", "v1.5", "5"]


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    assert load_yaml(written(tmp_path, "\ufeffa: 1")).data == {"a": 1}


def test_every_key_and_item_knows_its_line(tmp_path: Path) -> None:
    document = load_yaml(written(tmp_path, "a:\n  - x\n  - b: 1\n    c:\n      d: 2\n"))
    assert document.lines["a", 1, "c"] == 4
    assert document.place(("a", 1, "c", "d")).endswith("file.yaml:5")
    assert document.place(("a", 1, "c", "missing")).endswith("file.yaml:4")


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    document = load_yaml(written(tmp_path, "# only a comment\n"))
    assert document.data is None
    assert document.place(("a",)).endswith("file.yaml:1")
