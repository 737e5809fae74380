"""The command: what it takes, what it says, and how it ends."""

import json
import mailbox
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.explain.formats import ExplanationFormat
from tests.check.world_dns import WorldDns, serve
from tests.commands.test_hostile import is_harmless
from tests.explain.case import ENVIRONMENT, MESSAGE, Case
from tests.explain.corpus import BROKEN, RIGHT
from tests.explain.signer import sign
from tests.explain.zones import FAULTS, ZONES

SCHEMA = Path(__file__).parents[2] / "docs/schemas/explain.json"


@pytest.fixture(scope="module")
def dns() -> Iterator[str]:
    """Where the DNS of the corpus listens."""
    with serve(WorldDns({name: f"$TTL 60\n{text}" for name, text in ZONES.items()}, FAULTS)) as address:
        yield address


def run(dns: str, folder: Path, *arguments: str, given: bytes | None = None) -> Result:
    """Run the command with an environment file."""
    (folder / "environments").mkdir(exist_ok=True)
    (folder / "environments/prod.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    options = ("--environments", str(folder / "environments"), "--resolver", dns)
    return CliRunner().invoke(app, ["explain", *arguments, *options], input=given)


def test_a_right_message(dns: str, tmp_path: Path) -> None:
    """Its verdict, who signed it, and the line of the file that it belongs to."""
    path = tmp_path / "a.eml"
    path.write_bytes(Case("", RIGHT).message)
    done = run(dns, tmp_path, str(path))
    assert done.exit_code == 0
    assert "verdict       Authenticated: passes DMARC for example.com by DKIM and SPF" in done.stdout
    assert "SPF           pass for bounce.example.com from 54.240.8.12, aligned" in done.stdout
    assert f"belongs to example.com, domains[0] of {tmp_path}/environments/prod.yaml:5" in done.stdout


@pytest.mark.parametrize("address", ["9.9.9.9", "::ffff:9.9.9.9"])
def test_the_address_is_told(dns: str, tmp_path: Path, address: str) -> None:
    """Instead of that in Received; one of IPv4 that is written as one of IPv6 is one of IPv4 (RFC 7208 section 2.4)."""
    message = Case("", MESSAGE, "x@open.example.com", "").message
    assert "SPF           not judged" in run(dns, tmp_path, "-", given=message).stdout
    done = run(dns, tmp_path, "-", "--client-ip", address, given=message)
    assert "SPF           pass for open.example.com from 9.9.9.9, aligned (ip4:9.9.9.0/24)" in done.stdout


def test_a_broken_message_says_why_and_what_to_do(dns: str, tmp_path: Path) -> None:
    """The cause first, with its fix; from standard input."""
    [footer] = [case for case in BROKEN if case.name == "footer of a list"]
    done = run(dns, tmp_path, "-", given=Case("", footer.text, "x@amazonses.com").message)
    assert done.exit_code == 1
    assert "receivers     refuse it" in done.stdout
    why = done.stdout.index("why: The body is not the one that example.com signed: the list A list <list.example.net>")
    assert "  fix         A list or gateway that adds a footer" in done.stdout[why:]


def test_mailboxes_and_folders(dns: str, tmp_path: Path) -> None:
    """Each message has a line; --all explains each. What is none is named, and costs itself alone."""
    box = mailbox.mbox(tmp_path / "box")
    folder = mailbox.Maildir(tmp_path / "maildir")
    for number in range(6):
        box.add(Case("", RIGHT if number else MESSAGE).message)
    folder.add(Case("", RIGHT).message)
    box.close()
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("no header here\n", encoding="utf-8")
    places = [str(tmp_path / name) for name in ("box", "maildir", "empty", "text", "absent")]
    done = run(dns, tmp_path, *places)
    assert f"{tmp_path}/box, message 1: Authenticated: passes DMARC for example.com by SPF" in done.stdout
    assert "7 of 7 messages pass DMARC" in done.stdout
    assert f"{tmp_path}/empty: is empty" in done.stdout
    assert f"{tmp_path}/text: is not a message: it does not begin with a header" in done.stdout
    assert f"{tmp_path}/absent: cannot be read (No such file or directory)" in done.stdout
    assert done.exit_code == 2
    assert run(dns, tmp_path, places[0], "--all").stdout.count("\nverdict ") == 6


@pytest.mark.parametrize("form", list(ExplanationFormat))
def test_no_format_holds_a_text_raw(dns: str, tmp_path: Path, form: ExplanationFormat) -> None:
    """A message is of anybody."""
    hostile = "\x1b]0;pwned\x07\u202e<script>alert(1)</script>|`x`\n ::error::y"
    text = MESSAGE.replace("Your order", hostile).replace("Shop <", f"{hostile} <")
    signature = "DKIM-Signature: v=1; a=rsa-sha256; d=\x1b[2Jexample.com; s=<b>x; h=from; bh=x; b=x"
    text = f"{signature}\nList-Id: {hostile}\n{text}"
    done = run(dns, tmp_path, "-", "--format", form.value, given=Case("", text).message)
    assert done.exit_code in {0, 1}
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert is_harmless(done.stdout)
    if form in {ExplanationFormat.HTML, ExplanationFormat.MARKDOWN}:
        assert "<script>" not in done.stdout
    if form is ExplanationFormat.JSON:
        jsonschema.validate(json.loads(done.stdout), json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("form", list(ExplanationFormat))
def test_addresses_are_masked(dns: str, tmp_path: Path, form: ExplanationFormat) -> None:
    """In every format, wherever they are: From, Reply-To, the subject, a policy, a signature, the line of a list."""
    text = MESSAGE.replace("shop@", "shop-person@").replace("Your order", "For you-person@receiver.example")
    text = f"Reply-To: reply-person@other.example\nList-Id: <list-person@example.net>\n{text}"
    signed = sign(text, tags="i=shop-person@shop.example.com;", selector="exact")
    message = Case("", signed, "bounce-person@bounce.example.com").message
    done = run(dns, tmp_path, "-", "--format", form.value, "--mask", given=message)
    assert "-person" not in done.stdout
    assert "rua=mailto:dmarc@" not in done.stdout
    shown = run(dns, tmp_path, "-", "--format", form.value, given=message).stdout
    assert "shop-person" in shown


def test_a_receiver_counts_only_if_it_is_trusted(dns: str, tmp_path: Path) -> None:
    """Anybody can write what it says."""
    other = b"Authentication-Results: mx.elsewhere.example; dmarc=pass\r\n"
    own = b"Authentication-Results: mx.receiver.example; dkim=pass header.d=example.com; dmarc=fail\r\n"
    message = other + own + Case("", RIGHT).message
    assert (
        "mx.elsewhere.example says dmarc=pass; nobody has said that it is trusted"
        in run(dns, tmp_path, "-", given=message).stdout
    )
    trusted = run(dns, tmp_path, "-", "--trusted", "mx.receiver.example", given=message)
    assert "mx.receiver.example says dkim=pass, dmarc=fail\n" in trusted.stdout


def test_what_stands_below_the_hop_from_outside_may_be_the_senders(dns: str, tmp_path: Path) -> None:
    """A receiver adds its own above; one that cannot be read hides what stands below."""
    forged = "Authentication-Results: mx.receiver.example; dmarc=pass\n"
    below = Case("", f"{forged}{MESSAGE}").message
    above = b"Authentication-Results: other.example; dmarc=fail\r\n" + below
    for message in (below, above, b"Authentication-Results: ;;=\r\n" + below):
        done = run(dns, tmp_path, "-", "--trusted", "mx.receiver.example", given=message)
        assert "dmarc=pass" not in done.stdout


@pytest.mark.parametrize("tag", [f"x={'9' * 5000};", f"t={'9' * 5000};", f"l={'9' * 5000};", "x=-1;", "x=;"])
def test_odd_numbers_end_nothing(dns: str, tmp_path: Path, tag: str) -> None:
    """They are of anybody."""
    text = sign(MESSAGE, tags=tag)
    assert run(dns, tmp_path, "-", given=Case("", text).message).exit_code in {0, 1}


def test_a_run_of_blanks_takes_no_longer_than_other_text(dns: str, tmp_path: Path) -> None:
    """A signature over it still verifies; quadratic time would not end within this test's."""
    text = sign(f"{MESSAGE}a{' ' * 400_000}b\n")
    assert "DKIM          pass for example.com" in run(dns, tmp_path, "-", given=Case("", text).message).stdout


@pytest.mark.parametrize(
    ("link", "post", "said"),
    [
        ("", "", "absent        one-click unsubscribe"),
        ("<https://example.com/u?x=1>", "List-Unsubscribe=One-Click", "no signature that verifies covers both"),
        ("<mailto:u@example.com>", "List-Unsubscribe=One-Click", "has no https link"),
        ("<https://example.com/u>", "yes", "List-Unsubscribe-Post is not List-Unsubscribe=One-Click"),
        ("<https://example.com/u>", "", "List-Unsubscribe-Post 0 times"),
    ],
)
def test_one_click_is_judged_and_nothing_fetched(dns: str, tmp_path: Path, link: str, post: str, said: str) -> None:
    """Present, of the right form, and signed (RFC 8058)."""
    headers = f"List-Unsubscribe: {link}\n" if link else ""
    headers += f"List-Unsubscribe-Post: {post}\n" if post else ""
    assert said in run(dns, tmp_path, "-", given=Case("", f"{headers}{RIGHT}").message).stdout


def test_a_right_one_click_is_right(dns: str, tmp_path: Path) -> None:
    """Both headers are signed."""
    names = ("list-unsubscribe", "list-unsubscribe-post")
    headers = "List-Unsubscribe: <https://example.com/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
    text = sign(f"{headers}{MESSAGE}", headers=("from", *names))
    assert "right         one-click unsubscribe" in run(dns, tmp_path, "-", given=Case("", text).message).stdout
