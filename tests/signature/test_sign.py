"""What is signed and what is refused, without SES."""

import email
import re
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.model.errors import InvalidValue
from mailproof.own_keys.make_key import generate_key
from mailproof.signature import Sending, SigningKey, sign
from mailproof.signature.normal_form import normalise
from mailproof.signature.sign import ONCE

KEY = SigningKey("example.com", "s1", generate_key()[0])
ALONE = Sending(signs=False)
HEAD = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: s\r\n"
MESSAGE = HEAD + b"\r\nHi.\r\n"


def test_from_to_and_subject_are_signed_once_more_than_they_occur() -> None:
    """Nobody can add a second one. What SES replaces is not signed."""
    raw = sign(b"Date: x\r\nMessage-ID: <1@a>\r\nReturn-Path: <a@b>\r\nCc: c@d.example\r\n" + MESSAGE, KEY, ALONE)
    line = re.sub(rb"\s+", b"", raw.partition(b"From: a@")[0])
    signed = re.search(rb"h=([^;]+);", line)
    assert signed
    assert sorted(signed[1].decode().split(":")) == ["cc", "from", "from", "subject", "subject", "to", "to"]
    assert b"c=relaxed/relaxed" in line
    assert b";l=" not in line


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"DKIM-Signature: v=1\r\n" + MESSAGE, "is signed already"),
        (b"From: x@example.com\r\n" + MESSAGE, "has the header 'from' 2 times"),
        (b"List-Unsubscribe: <a>\r\nlist-unsubscribe: <b>\r\n" + MESSAGE, "has the header 'list-unsubscribe' 2 times"),
        (MESSAGE.replace(b"a@example.com", b"a@example.org"), "is not from 'example.com' or below"),
        (MESSAGE.replace(b"a@example.com", b"a@notexample.com"), "is not from 'example.com' or below"),
        (MESSAGE.replace(b"a@example.com", b"a@example.com, b@example.com"), "has not one address in From"),
        (MESSAGE.replace(b"From: a@example.com\r\n", b""), "has not one address in From"),
        (b"X-SES-CONFIGURATION-SET: news\r\n" + MESSAGE, "names another configuration set than ''"),
        (b"X-SES-LIST-MANAGEMENT-OPTIONS: list\r\n" + MESSAGE, "asks for list management"),
        (MESSAGE + b"{{amazonSESUnsubscribeUrl}}", "has a placeholder that SES replaces"),
        (b"Subject: B\xc3\xbccher\r\n" + MESSAGE, "has a header that is not ASCII"),
        (b"X-Long: " + b"a" * 1000 + b"\r\n" + MESSAGE, "has a line of over 998 bytes"),
        (b"From: a@example.com", "has no empty line after its headers"),
        (b"nothing\r\n" + MESSAGE, "has a line among its headers that is not a header"),
        (
            b'Content-Type: multipart/signed; boundary="b"\r\n' + HEAD + b"\r\n--b\r\n\r\n\xff\r\n--b--\r\n",
            "is signed or",
        ),
    ],
)
def test_fails_on_a_message_whose_signature_would_not_count(message: bytes, words: str) -> None:
    """What SES would refuse or rewrite, and what would not align."""
    with pytest.raises(InvalidValue) as refused:
        sign(message, KEY, ALONE)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("sending", "words"),
    [
        (Sending(signs=True), "is sent by an identity that signs itself"),
        (Sending(signs=False, configuration_set="news", rewrites=("x",)), "is sent with configuration set 'news'"),
    ],
)
def test_fails_where_ses_would_break_it(sending: Sending, words: str) -> None:
    """What to do is named."""
    with pytest.raises(InvalidValue, match=words):
        sign(MESSAGE, KEY, sending)


@pytest.mark.parametrize(
    "pem", ["", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----"]
)
def test_fails_on_a_key_that_does_not_sign(pem: str) -> None:
    """Only RSA counts with large receivers."""
    with pytest.raises(InvalidValue):
        SigningKey.from_pem("example.com", "s1", pem)


def test_a_key_in_pem_signs_as_well() -> None:
    """It shows its private half nowhere."""
    key = SigningKey.from_pem("Example.COM.", "s1", KEY.pem().decode())
    assert (key.domain, key.pem()) == (KEY.domain, KEY.pem())
    assert key.private.reveal() not in repr(key)
    with pytest.raises(InvalidValue, match="is not a selector"):
        SigningKey("example.com", "s_1", KEY.private)


TEXT = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\0"), max_size=1500)


@settings(max_examples=30)
@given(text=TEXT, eight_bit=st.booleans(), body=st.binary(max_size=60).map(lambda data: data.replace(b"\r", b"")))
def test_the_normal_form_says_what_was_said(text: str, body: bytes, *, eight_bit: bool) -> None:
    """In 7-bit lines of at most 998 bytes that end in CRLF; and what is in normal form stays as it is."""
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content(text, cte="8bit" if eight_bit else None)
    raw = normalise(message)
    parsed: Any = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    for found in (raw, normalise(HEAD + b"\r\n" + body)):
        assert found.isascii()
        assert all(len(line) <= 998 for line in found.split(b"\r\n"))
        assert b"\n" not in found.replace(b"\r\n", b"")
        assert normalise(found) == found


def test_headers_that_may_occur_once_hold_those_that_are_oversigned() -> None:
    """A second one is refused, so that signing once more never breaks a message by itself."""
    assert {"from", "to", "subject", "dkim-signature", "date"} <= ONCE
