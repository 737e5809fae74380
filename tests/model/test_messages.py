"""Messages: key paths as people write them, pydantic's findings in our words."""

import pytest

from mailproof.model.messages import did_you_mean, format_key, validation_words, visible_keys
from mailproof.model.yaml_reader import Path


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param((), "", id="the whole file"),
        pytest.param(("account",), "account", id="key"),
        pytest.param(("domains", 2, "regions", 1), "domains[2].regions[1]", id="lists"),
        pytest.param(("zones", "example.com", "id"), 'zones["example.com"].id', id="name with dots"),
        pytest.param(("tags", "cost-centre"), "tags.cost-centre", id="hyphen"),
        pytest.param(("tags", ""), 'tags[""]', id="empty"),
        pytest.param(("tags", 'a"b'), r'tags["a\"b"]', id="quotes"),
        pytest.param(("tags", "a\nb"), r'tags["a\nb"]', id="line break"),
        pytest.param(("tags", "ключ"), "tags.ключ", id="other letters"),
    ],
)
def test_format_key_writes_one_line(keys: Path, expected: str) -> None:
    """Key paths are shown as people would look them up."""
    assert expected == format_key(keys)


def test_visible_keys_names_the_entry_of_a_wrong_key() -> None:
    """What pydantic says of a mapping's key is said of its entry."""
    assert visible_keys(("zones", "a..b", "[key]")) == ("zones", "a..b")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("mailfrom", "did you mean 'mail_from'?"), ("nothing", ""), ("", "")],
)
def test_did_you_mean_names_the_nearest_word(word: str, expected: str) -> None:
    """A word is offered only if it is near."""
    assert expected == did_you_mean(word, ["mail_from", "dmarc"])


@pytest.mark.parametrize(
    ("loc", "expected"),
    [
        pytest.param(("x",), "known are account, regions,", id="file"),
        pytest.param(("zones", "example.com", "x"), "known are id, account", id="zone"),
        pytest.param(("defaults", "dmarc", "x"), "known are policy, subdomain_policy,", id="part of the defaults"),
        pytest.param(("domains", 3, "x"), "known are name, regions, mail_from,", id="domain"),
        pytest.param(("domains", 3, "mail_from", "x"), "known are name, on_mx_failure", id="part of a domain"),
    ],
)
def test_an_unknown_key_is_told_those_known_at_its_place(loc: Path, expected: str) -> None:
    """The keys on offer are those of the part in which the unknown one stands."""
    words = validation_words({"type": "extra_forbidden", "loc": loc, "input": 1})
    assert words.startswith(f"is not a key here; {expected}")


def test_a_kind_of_error_without_words_of_its_own_is_said_all_the_same() -> None:
    """A newer pydantic may find what this one does not."""
    assert validation_words({"type": "brand_new", "loc": (), "input": 1, "msg": "{x}"}) == "is refused, got 1"


def test_braces_in_a_value_are_no_placeholders() -> None:
    """A value goes into a message as it stands."""
    context = {"what": "is {what}", "got": "{got}", "todo": "do {todo}"}
    words = validation_words({"type": "invalid_value", "loc": (), "input": 1, "ctx": context})
    assert words == "is {what}, got '{got}'; do {todo}"
