"""The file of own DKIM keys: what is written is read back, and what is wrong is named with its line."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.environments import load_environments
from mailproof.model.key_file import KeyFileReader, build_key_file
from mailproof.model.own_key import SELECTOR, OwnKey, parse_selector
from mailproof.model.signing import OwnKeyDkim, SelfSigning
from tests.model.keys import LONG_PUBLIC_KEY, OTHER_PUBLIC_KEY, PUBLIC_KEY, SECRET, VERSION
from tests.model.reading import GOOD, load_problems, write

REGIONS = ("us-east-1", "eu-west-1")
OWN = OwnKey("s1", PUBLIC_KEY, SECRET, VERSION, REGIONS)
PATH = "environments/prod.keys.json"


@settings(max_examples=30)
@given(
    regions=st.lists(st.sampled_from(REGIONS), unique=True),
    since=st.none() | st.datetimes(timezones=st.just(UTC)),
    selector=st.from_regex(SELECTOR, fullmatch=True).filter(lambda text: len(text) < 64),
    secret=st.booleans(),
)
def test_what_is_written_is_read_back(
    regions: list[str], since: datetime | None, selector: str, *, secret: bool
) -> None:
    """Every key, whatever its state."""
    kept = (SECRET, VERSION) if secret else ("", "")
    since = since and since.replace(microsecond=0)
    key = OwnKey(parse_selector(selector), PUBLIC_KEY, *kept, tuple(regions), since, is_revoked=not regions)
    reader = KeyFileReader(PATH, build_key_file({"example.com": (key,)}))
    assert (reader.problems, reader.keys) == ([], {"example.com": (key,)})


@pytest.mark.parametrize("selector", ["a.b", "s_1", "-a", "a-", "", "a" * 64, "schlüssel", "a b"])
def test_fails_on_a_selector_that_ses_does_not_take(selector: str) -> None:
    """One label, without an underscore: cfn-lint lets it pass, and SES refuses it late."""
    text = build_key_file({"example.com": (OWN,)}).replace('"s1"', json.dumps(selector))
    (problem,) = KeyFileReader(PATH, text).problems
    assert str(problem).startswith(f'{PATH}:4: ["example.com"][0].selector: is not a selector that SES takes')


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ((OWN, replace(OWN, selector="S1", regions=())), "has a selector twice, got 's1'"),
        ((OWN, replace(OWN, selector="s2")), "has two keys that sign in one region, got 'us-east-1'"),
        ((replace(OWN, is_revoked=True),), "has a revoked key that signs, got 's1'"),
        ((replace(OWN, version=""),), "has a key with only one of `secret` and `version`, got 's1'"),
        ((replace(OWN, secret=f"{SECRET}}}}}"),), "is not the ARN of a secret"),
        ((replace(OWN, version="AWSCURRENT"),), "is not the version id of a secret"),
        ((replace(OWN, public_key="MIIB"),), "is not a public RSA key"),
        ((replace(OWN, regions=("eu-wset-1",)),), "did you mean 'eu-west-1'?"),
    ],
)
def test_fails_on_keys_that_contradict_each_other_or_cannot_be(keys: tuple[OwnKey, ...], what: str) -> None:
    """A slip of the hand is named; nothing of it gets into a template."""
    reader = KeyFileReader(PATH, build_key_file({"example.com": keys}))
    assert any(what in str(problem) for problem in reader.problems), reader.problems


@pytest.mark.parametrize("time", [0, True, "", "yesterday", "2026-11-29T00:00:00", []])
def test_fails_on_what_is_no_time(time: object) -> None:
    """A number would be some moment of 1970."""
    file = json.loads(build_key_file({"example.com": (OWN,)}))
    file["example.com"][0]["unused_since"] = time
    (problem,) = KeyFileReader(PATH, json.dumps(file)).problems
    assert "[0].unused_since: is not a time with its offset, got " in str(problem)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"example.com": []}', '{"example.com": [{}]}', '{"x": null}'])
def test_fails_on_a_file_of_another_shape(text: str) -> None:
    """It is named, and nothing breaks."""
    assert KeyFileReader(PATH, text).problems


def _load(folder: Path, dkim: str, *keys: OwnKey) -> list[str]:
    write(folder, prod=f"{GOOD}    dkim: {dkim}\n")
    (folder / "prod.keys.json").write_text(build_key_file({"example.com": keys}) if keys else "{}", encoding="utf-8")
    return load_problems(folder)


def test_a_domain_signs_with_the_keys_beside_its_file(tmp_path: Path) -> None:
    """SES by its key, or the sender by himself."""
    assert _load(tmp_path, "{key: own}", OWN) == []
    (environment,) = load_environments(tmp_path)
    assert environment.domains[0].signing == OwnKeyDkim((OWN,))
    assert _load(tmp_path, "{sign: self}", OWN) == []
    (environment,) = load_environments(tmp_path)
    assert environment.domains[0].signing == SelfSigning((OWN,))


@pytest.mark.parametrize(
    ("dkim", "keys", "what"),
    [
        ("{key: own}", (), "has no own key for every region, got 'us-east-1, eu-west-1'; run `mailproof dkim new-key"),
        ("{key: own}", (replace(OWN, regions=("us-east-1",)),), "has no own key for every region, got 'eu-west-1'"),
        ("{sign: self}", (), "has no own key for every region"),
        ("{key: own, sign: self}", (OWN,), "has two ways to sign"),
        ("{key: own, key_length: 2048}", (OWN,), "has the length of keys that SES makes"),
        ("{key: own}", (replace(OWN, secret="", version=""),), "has a key whose private half SES cannot get"),
        ("{key: own}", (replace(OWN, public_key=LONG_PUBLIC_KEY),), "has a key of over 2048 bits"),
        (
            "{key: own}",
            (replace(OWN, secret=SECRET.replace("111122223333", "999988887777")),),
            "has a key whose secret is in another account",
        ),
        ("{key: theirs}", (), "is not known here, got 'theirs'; use 'own'"),
    ],
)
def test_fails_on_a_way_to_sign_without_its_key(dkim: str, keys: tuple[OwnKey, ...], what: str, tmp_path: Path) -> None:
    """Before anything is synthesised, with what to do."""
    (problem,) = _load(tmp_path, dkim, *keys)
    assert problem.startswith("prod.yaml:7: domains[0].dkim")
    assert what in problem


def test_a_key_that_is_about_to_be_made_may_be_missing(tmp_path: Path) -> None:
    """Else the command that makes it could not read the file."""
    write(tmp_path, prod=f"{GOOD}    dkim: {{key: own}}\n")
    (environment,) = load_environments(tmp_path, without_keys=True)
    assert environment.domains[0].signing == OwnKeyDkim(())


def test_two_environments_do_not_share_a_selector(tmp_path: Path) -> None:
    """One record would have two owners."""
    for name, account, key in (("prod", "111122223333", PUBLIC_KEY), ("test", "444455556666", OTHER_PUBLIC_KEY)):
        write(
            tmp_path, **{name: f"{GOOD.replace('111122223333', account)}    mail_from: none\n    dkim: {{key: own}}\n"}
        )
        own = replace(OWN, public_key=key, secret=SECRET.replace("111122223333", account))
        (tmp_path / f"{name}.keys.json").write_text(build_key_file({"example.com": (own,)}), encoding="utf-8")
    (problem,) = [text for text in load_problems(tmp_path) if "TXT" in text]
    assert "the TXT record 's1._domainkey.example.com'" in problem


def test_the_file_holds_nothing_but_what_is_told() -> None:
    """What is at its default is left out."""
    found = json.loads(build_key_file({"example.com": (OWN,)}))
    assert list(found["example.com"][0]) == ["selector", "public_key", "secret", "version", "regions"]
