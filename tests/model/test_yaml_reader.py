"""YAML: read as version 1.2, with lines; what readers disagree on, objects and bombs are refused."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mailproof.model import yaml_reader
from mailproof.model.messages import format_key
from mailproof.model.yaml_reader import YamlError, read_yaml

LOADERS = [pytest.param(yaml.CSafeLoader, id="libyaml"), pytest.param(yaml.SafeLoader, id="pure Python")]


@pytest.fixture(params=LOADERS, autouse=True)
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read with both parsers of PyYAML: which one there is depends on how it was built."""
    monkeypatch.setattr(yaml_reader, "LOADER", request.param)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("text", "text", id="text"),
        pytest.param("no", "no", id="no is text"),
        pytest.param("on", "on", id="on is text"),
        pytest.param("yes", "yes", id="yes is text"),
        pytest.param("true", True, id="true"),
        pytest.param("FALSE", False, id="false in capitals"),
        pytest.param("null", None, id="null"),
        pytest.param("~", None, id="tilde"),
        pytest.param("", None, id="nothing"),
        pytest.param("42", 42, id="number"),
        pytest.param("-42", -42, id="negative number"),
        pytest.param("111122223333", 111122223333, id="account number without quotes"),
        pytest.param('"012345678901"', "012345678901", id="account number in quotes"),
        pytest.param("'42'", "42", id="number in quotes"),
        pytest.param("1.5", "1.5", id="decimals are text"),
        pytest.param(".inf", ".inf", id="infinity is text"),
        pytest.param("1e3", "1e3", id="exponents are text"),
        pytest.param("2024-01-01", "2024-01-01", id="dates are text"),
        pytest.param("9" * 19, "9" * 19, id="number without end is text"),
        pytest.param("0", 0, id="zero"),
        pytest.param("<<", "<<", id="merge key is text"),
        pytest.param("|\n  a\n  b\n", "a\nb\n", id="block"),
        pytest.param("[]", [], id="empty list"),
        pytest.param("{}", {}, id="empty mapping"),
    ],
)
def test_read_yaml_reads_values_as_yaml_1_2_does(text: str, expected: object) -> None:
    """Values mean what version 1.2 says, and nothing becomes an object."""
    value = read_yaml(f"key: {text}").data["key"]
    assert expected == value
    assert type(expected) is type(value)


@pytest.mark.parametrize("text", ["", " ", "# nothing\n", "\n\n", "\ufeff"], ids=repr)
def test_read_yaml_reads_nothing_from_an_empty_text(text: str) -> None:
    """A text without a document holds nothing."""
    assert read_yaml(text).data is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_read_yaml_keeps_lines_whatever_ends_them(line_end: str) -> None:
    """Line numbers are those that an editor shows."""
    document = read_yaml(line_end.join(["# head", "a:", "  - x", "  - b: 1", "    c:", "      d: 2"]))
    assert document.data == {"a": ["x", {"b": 1, "c": {"d": 2}}]}
    assert document.line(("a",)) == 2
    assert document.line(("a", 0)) == 3
    assert document.line(("a", 1, "b")) == 4
    assert document.line(("a", 1, "c", "d")) == 6


def test_a_missing_key_has_the_line_of_what_it_is_missing_from() -> None:
    """Where a key does not stand, the part above it does."""
    document = read_yaml("a:\n  - b: 1\n")
    assert document.line(("a", 0, "missing", "deeper")) == 2
    assert document.line(("missing",)) == 1


def test_an_alias_is_what_it_names() -> None:
    """Plain reuse is allowed; each place has its own line."""
    document = read_yaml("a: &x {k: 1}\nb: *x\nc: *x\n")
    assert document.data == {"a": {"k": 1}, "b": {"k": 1}, "c": {"k": 1}}
    assert document.line(("c", "k")) == 3


NUMBER = "is a number that YAML readers do not all read alike"
OLD_NUMBER = "is a number in some YAML readers, text in others"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: 012345678901", f"1 a: {NUMBER}, got '012345678901'; put it in quotes: '012345678901'", id="0"),
        pytest.param("a: [-01]", f"1 a[0]: {NUMBER}, got '-01'; put it in quotes: '-01'", id="negative"),
        pytest.param("a: 0o17", f"1 a: {NUMBER}, got '0o17'; put it in quotes: '0o17'", id="octal"),
        pytest.param("a: 0xFF", f"1 a: {NUMBER}, got '0xFF'; put it in quotes: '0xFF'", id="hexadecimal"),
        pytest.param("a: 1_000", f"1 a: {OLD_NUMBER}, got '1_000'; put it in quotes", id="grouped"),
        pytest.param("a: 12:30", f"1 a: {OLD_NUMBER}, got '12:30'; put it in quotes", id="sexagesimal"),
        pytest.param("a: 1\nb: 2\na: 3", "3 a: appears here again, first in line 1; keep one", id="key twice"),
        pytest.param('a: 1\n"a": 3', "2 a: appears here again, first in line 1; keep one", id="key twice, quoted"),
        pytest.param("a: {b: 1, b: 2}", "1 a.b: appears here again, first in line 1; keep one", id="key twice, deeper"),
        pytest.param("a: !!str b", "1 a: has a tag, got 'tag:yaml.org,2002:str'; remove it", id="tag"),
        pytest.param("a: !x [b]", "1 a: has a tag, got '!x'; remove it", id="tag of a list"),
        pytest.param(
            "!!python/object:os.system {}",
            "1 : has a tag, got 'tag:yaml.org,2002:python/object:os.system'; remove it",
            id="tag of an object",
        ),
    ],
)
def test_what_readers_disagree_on_is_refused_and_the_rest_is_read(text: str, expected: str) -> None:
    """What is refused is noted with its place, so that the rest can be judged in the same go."""
    (refused,) = read_yaml(text).refused
    assert expected == f"{refused.line} {format_key(refused.path)}: {refused}"


def deep(levels: int) -> str:
    """Nest lists."""
    return "a: " + "[" * levels + "]" * levels


def bomb(levels: int) -> str:
    """Write the billion laughs."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "a: 1\n---\nb: 2", "2 : has a second document; write one file per environment", id="two documents"
        ),
        pytest.param(
            "---\n---\n", "2 : has a second document; write one file per environment", id="two empty documents"
        ),
        pytest.param("? [a]\n: b", "1 : has a key that is not plain text; write a plain key", id="list as a key"),
        pytest.param("k:\n  !!str a: b", "2 k: has a key that is not plain text; write a plain key", id="tag of a key"),
        pytest.param("a: &x b\n*x : c", "2 : has a key that is not plain text; write a plain key", id="alias as a key"),
        pytest.param("a: *x", "1 a: is an alias of something not complete before it, got '*x'", id="alias of nothing"),
        pytest.param(
            "a: &x [*x]", "1 a[0]: is an alias of something not complete before it, got '*x'", id="alias of itself"
        ),
        pytest.param(bomb(9), "4 a3[7]: expands aliases to over 10000 values; write them out", id="billion laughs"),
        pytest.param(deep(21), f"1 a{'[0]' * 20}: is nested deeper than 20 levels", id="21 levels"),
        pytest.param(deep(900), f"1 a{'[0]' * 20}: is nested deeper than 20 levels", id="900 levels"),
        pytest.param("a: \x00", r"1 : has a character that YAML does not allow, got '\x00'", id="NUL"),
        pytest.param("a: 1\nb: \x07", r"2 : has a character that YAML does not allow, got '\x07'", id="bell"),
        pytest.param(
            "a: ü\nb: üü\nc: \x07\n\nd: \x07",
            r"3 : has a character that YAML does not allow, got '\x07'",
            id="behind other letters",
        ),
    ],
)
def test_fails_on_what_leaves_nothing_to_say_of_the_rest(text: str, expected: str) -> None:
    """A text that is not a single plain document is refused with line and place."""
    with pytest.raises(YamlError) as caught:
        read_yaml(text)
    assert expected == f"{caught.value.line} {format_key(caught.value.path)}: {caught.value}"


def test_a_text_of_ten_thousand_levels_is_no_crash() -> None:
    """Newer parsers refuse it by themselves, in words of their own."""
    with pytest.raises(YamlError, match=r"is nested deeper|exceeded maximum nesting"):
        read_yaml(deep(10_000))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a:\n\tb: 1", 2, id="tab"),
        pytest.param("a: [1, 2", 1, id="list not closed"),
        pytest.param('a: "b', 1, id="quotes not closed"),
        pytest.param("a: 1\n b: 2", 2, id="indented"),
        pytest.param("a: {b: c", 1, id="mapping not closed"),
        pytest.param("%YAML 2.0\n---\na: 1", 1, id="another version"),
        pytest.param("a: @b", 1, id="reserved sign"),
    ],
)
def test_fails_on_what_is_not_yaml(text: str, line: int) -> None:
    """The parser's words follow ours, with a line at or after the mistake."""
    with pytest.raises(YamlError, match=r"^is not YAML: ") as caught:
        read_yaml(text)
    assert line <= caught.value.line <= line + 1
    assert caught.value.path == ()


def test_20_levels_are_read() -> None:
    """The limit is far above what an environment file needs."""
    assert read_yaml(deep(20)).data


def test_a_chain_of_aliases_is_read_within_the_limit() -> None:
    """Aliases that add up to less than 10,000 values are read."""
    assert len(read_yaml(bomb(3)).data) == 3


yamlish = st.lists(
    st.sampled_from(
        [
            *"[]{},:?-&*!|>'\"%@`#~\n \t",
            "a",
            "1",
            "07",
            "&x ",
            "*x",
            "<<",
            "---",
            "...",
            "!!str ",
            "- ",
            "a: ",
            "\n  ",
            "\r",
            "é",
        ]
    ),
    max_size=40,
).map("".join)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn", "Co", "Zl", "Zp"]), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**12) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


@given(text=st.text(max_size=100) | yamlish)
@example(text="a: \ud7ff")
@example(text="- - - - &x *x")
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text ends in anything but data or a YamlError."""
    try:
        lines = set(read_yaml(text).lines.values())
    except YamlError as err:
        lines = {err.line}
    assert all(line >= 1 for line in lines)


@given(value=st.dictionaries(words, values, max_size=4))
def test_json_is_read_as_what_it_says(value: dict[str, Any]) -> None:
    """JSON is YAML: data comes back as it was written, each key with a line."""
    document = read_yaml(json.dumps(value, ensure_ascii=False, indent=1))
    assert value == document.data
    assert document.refused == []
    assert all((key,) in document.lines for key in value)


def test_every_repetition_of_a_key_names_the_first() -> None:
    """The first stays the first, however often a key comes again."""
    refused = read_yaml("a: 1\na: 2\na: 3\n").refused
    assert [f"{found.line} {found}" for found in refused] == [
        "2 appears here again, first in line 1; keep one",
        "3 appears here again, first in line 1; keep one",
    ]


def test_a_repeated_key_has_the_lines_of_what_counts() -> None:
    """The last value counts, and its parts are where they stand in it."""
    document = read_yaml("a:\n  - 1\n  - b: 2\na:\n  - 3\n  - b: 4\n")
    assert document.data == {"a": [3, {"b": 4}]}
    assert [document.line(("a", 0)), document.line(("a", 1)), document.line(("a", 1, "b"))] == [5, 6, 6]
