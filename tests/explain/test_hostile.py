"""Messages of anybody: whatever is in them, they are explained, or it is said that they are none."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.explain.explanation import Explanation, Problem
from mailproof.explain.mail import NoMessageError
from mailproof.explain.messages import find_messages
from mailproof.explain.run import explain
from mailproof.live.answer import Absent, Answer, Txt
from tests.explain.case import MESSAGE, Case
from tests.explain.corpus import RIGHT
from tests.explain.signer import public_key, sign

KEY = f"v=DKIM1; p={public_key('s1')}"
DEEP = 20_000


class Dns:
    """Has one key, and nothing else; in this process."""

    async def names(self, *_: Any, **__: Any) -> Absent:
        """Answer that there is nothing."""
        return Absent()

    mx = names

    async def txt(self, name: str) -> Any:
        """Answer for the key."""
        return Answer((Txt((KEY,)),)) if name == "s1._domainkey.example.com" else Absent()


def explained(message: bytes, *, is_quoted: bool = False) -> Explanation:
    """Explain a message."""
    return asyncio.run(explain(message, Dns(), is_quoted=is_quoted))


def given_as(text: str) -> bytes:
    """Return a message as it arrives."""
    return Case("", text).message


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_message_with_anything_in_it(data: st.DataObject) -> None:
    """It is explained, and never passes when what was signed has changed."""
    message = given_as(RIGHT)
    place = data.draw(st.integers(0, len(message)))
    put = data.draw(
        st.one_of(st.binary(max_size=12), st.sampled_from([b"\r\n", b"\0", b";", b"\r\n ", b"From: ", b"="]))
    )
    cut = data.draw(st.integers(0, 40))
    try:
        found = explained(message[:place] + put + message[place + cut :])
    except NoMessageError:
        return
    for each in found.signatures:
        assert (each.result == "pass") == (each.problem is None) == (each.reason == "")
        assert not (set(each.changed) | set(each.added)) - set(each.headers)


def test_a_command_to_paste_runs_nothing_of_the_message() -> None:
    """The domain in From, which anybody writes as he likes, is one word of it."""
    domain = "`id`$home.example.com"
    message = given_as(MESSAGE.replace("shop@example.com", f"shop@{domain}"))
    fixes = [cause.fix for cause in explained(message).causes if "mailproof check" in cause.fix]
    assert [f"mailproof check --domain '{domain}' --region eu-west-1" in fix for fix in fixes] == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        MESSAGE.replace("Shop <", "(" * DEEP),
        MESSAGE.replace("Shop <", "a:" * DEEP),
        f"Reply-To: {'(' * DEEP}\n{MESSAGE}",
        f"Authentication-Results: mx.example; dkim=pass {'(' * DEEP}\n{MESSAGE}",
        f"Received: from x {'(' * DEEP}{')' * DEEP} by y\n{MESSAGE}",
        f"List-Id: {'<' * DEEP}\nList-Unsubscribe: {'< ' * DEEP}\n{MESSAGE}",
        MESSAGE.replace("Your order", "=?utf-8?q?" * DEEP),
        MESSAGE.replace("example.com", f"{'ü.' * DEEP}com"),
        RIGHT.replace("h=from", f"h={'from:' * DEEP}from"),
        RIGHT.replace("v=1;", f"v=1; z={'|'.join(['Subject:x'] * DEEP)};").replace("Your order", "x"),
        RIGHT.replace("v=1;", f"v=1; q={' ' * DEEP * 20};"),
        RIGHT.replace("Subject: ", f"Subject: {'[a]' * DEEP}"),
        f"{RIGHT}{chr(10) * 3_000_000}",
    ],
    ids=lambda text: text[:20] + str(len(text)),
)
def test_what_is_deep_or_long_is_read(text: str) -> None:
    """Neither recursion nor time that grows with the square."""
    assert explained(given_as(text)).exit_code


@pytest.mark.parametrize("more", ["", ">From you\n"], ids=["as most write it", "as mboxrd has it"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_mailbox_quotes_lines(tmp_path: Path, more: str, end: str) -> None:
    """A signature over a line that begins with From still verifies; by itself that line is a change."""
    quoted = (
        sign(f"{MESSAGE}From me to you\n{more}").replace("\nFrom me", "\n>From me").replace("\n>From y", "\n>>From y")
    )
    text = f"From x@example.com Sat Nov 28 10:00:00 2026\n{quoted}\n"
    (tmp_path / "box").write_bytes(text.replace("\n", end).encode())
    [found] = find_messages(tmp_path / "box", io.BytesIO())
    assert found.message
    assert explained(found.message, is_quoted=found.is_quoted).signatures[0].result == "pass"
    assert explained(found.message).signatures[0].problem is Problem.BODY


def test_a_body_that_changed_says_whether_headers_did() -> None:
    """Each is judged by itself; what is proved of headers is named with it."""
    footer, both = f"{RIGHT}-- \nA footer\n", f"{RIGHT}x\n".replace("Subject: ", "Subject: [list] ")
    signature = explained(given_as(footer)).signatures[0]
    assert (signature.problem, signature.headers_intact, signature.changed) == (Problem.BODY, True, ())
    signature = explained(given_as(both)).signatures[0]
    assert (signature.problem, signature.headers_intact, signature.changed) == (Problem.BODY, False, ("subject",))


@pytest.mark.parametrize(
    ("text", "changed", "added"),
    [
        (RIGHT.replace("Subject: ", "Subject: [list] "), ("subject",), ()),
        (RIGHT.replace("Your order\n", "Another\n"), (), ()),
        (
            f"Reply-To: Shop <shop@example.com>\n{RIGHT}".replace("From: Shop", "From: Shop via list").replace(
                "Subject: ", "Subject: [list] "
            ),
            ("from", "subject"),
            (),
        ),
        (f"From: ceo@example.com\n{RIGHT}", (), ("from",)),
        (RIGHT.replace("To: you", "To: me").replace("Subject: ", "Subject: [list] "), (), ()),
    ],
)
def test_only_what_is_proved_is_named(text: str, changed: tuple[str, ...], added: tuple[str, ...]) -> None:
    """A header is named if the signature verifies with its former text."""
    signature = explained(given_as(text)).signatures[0]
    assert (tuple(signature.changed), tuple(signature.added)) == (changed, added)
