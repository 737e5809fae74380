"""MTA-STS policies over real HTTPS."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mailproof.live import mta_sts_reader
from mailproof.live.answer import Absent, Answer, DnsAnswer, Mx, Unanswered
from mailproof.live.mta_sts_reader import FetchedPolicy, read_mta_sts
from mailproof.model.mta_sts import MtaSts, MtaStsMode, matches, parse_policy
from tests.https import serving, write_certificate, write_trust

WANTED = MtaSts(MtaStsMode.TESTING, ("mx.example.com", "*.mail.example.com"), 604_800)
ANSWERS = {
    "mta-sts.a.example": (200, "text/plain; charset=utf-8", WANTED.text.replace("\n", "\r\n")),
    "mta-sts.b.example": (301, "text/plain", ""),
    "mta-sts.c.example": (200, "text/html", WANTED.text),
    "mta-sts.d.example": (404, "text/plain", "nothing here"),
    "mta-sts.huge.example": (200, "text/plain", WANTED.text + "x" * 1_000_000),
}
SLOW = "mta-sts.slow.example"


class Handler(BaseHTTPRequestHandler):
    """Answers by host."""

    def do_GET(self) -> None:
        """Answer the one path."""
        host = str(self.headers["Host"]).partition(":")[0]
        if host == SLOW:
            return self._drip()
        status, kind, text = ANSWERS[host]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "https://elsewhere.example/")
        self.end_headers()
        with suppress(OSError):  # whoever has enough of it ends the connection
            self.wfile.write(text.encode())
        return None

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _drip(self) -> None:
        """Send a byte again and again, for as long as somebody listens."""
        self.send_response(200)
        with suppress(OSError):
            while True:
                self.wfile.write(b"x")
                time.sleep(0.02)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """An HTTPS server, its port, and the certificate by which it is trusted."""
    folder = tmp_path_factory.mktemp("https")
    with serving(Handler, *write_certificate(folder, [*ANSWERS, SLOW])) as port:
        yield port, write_trust(folder)


class Names:
    """Every host of a policy is on loopback, but one."""

    async def names(self, name: str, rdtype: str, **_: bool) -> DnsAnswer:
        """Answer addresses."""
        return Answer(("127.0.0.1",)) if rdtype == "A" and "none" not in name else Absent()

    async def mx(self, name: str) -> DnsAnswer:
        """Answer MX."""
        return Answer((Mx(10, name),))


def fetch(domain: str) -> FetchedPolicy | Unanswered:
    """Read the policy of a domain."""
    return asyncio.run(read_mta_sts(Names(), domain, WANTED)).answer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("domain", "fault"),
    [
        ("a.example", ""),
        ("b.example", "it answers 301 Moved Permanently"),
        ("c.example", "it answers text/html, not text/plain"),
        ("d.example", "it answers 404 Not Found"),
        ("huge.example", "it answers more than 65,536 bytes"),
        ("other.example", "its certificate is not taken: Hostname mismatch"),
        ("none.example", "mta-sts.none.example has no address"),
    ],
)
def test_a_policy_is_taken_only_as_senders_take_it(
    domain: str, fault: str, server: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a certificate for the host, without a redirect, as plain text."""
    monkeypatch.setattr(mta_sts_reader, "HTTPS_PORT", server[0])
    monkeypatch.setenv("SSL_CERT_FILE", str(server[1]))
    answer = fetch(domain)
    assert isinstance(answer, FetchedPolicy)
    assert answer.fault.startswith(fault)
    assert bool(answer.fault) is bool(fault)
    assert fault or parse_policy(answer.text) == parse_policy(WANTED.text)


def test_a_server_that_never_ends_is_left(server: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a byte comes before each time limit."""
    monkeypatch.setattr(mta_sts_reader, "HTTPS_PORT", server[0])
    monkeypatch.setattr(mta_sts_reader, "TIMEOUT_S", 0.3)
    monkeypatch.setenv("SSL_CERT_FILE", str(server[1]))
    assert isinstance(fetch("slow.example"), Unanswered)


def test_a_certificate_that_has_expired_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one of an authority that nobody trusts, nor what is no TLS."""
    files = write_certificate(tmp_path, ["mta-sts.a.example"], valid_for=timedelta(days=-1))
    with serving(Handler, *files) as port:
        monkeypatch.setattr(mta_sts_reader, "HTTPS_PORT", port)
        monkeypatch.setenv("SSL_CERT_FILE", str(write_trust(tmp_path)))
        assert fetch("a.example") == FetchedPolicy(fault="its certificate is not taken: certificate has expired")
        monkeypatch.delenv("SSL_CERT_FILE")
        answer = fetch("a.example")
    assert isinstance(answer, FetchedPolicy)
    assert answer.fault.startswith("its certificate is not taken: ")
    with HTTPServer(("127.0.0.1", 0), Handler) as plain:
        threading.Thread(target=plain.handle_request, daemon=True).start()
        monkeypatch.setattr(mta_sts_reader, "HTTPS_PORT", plain.server_address[1])
        answer = fetch("a.example")
    assert isinstance(answer, FetchedPolicy)
    assert answer.fault.startswith("it refuses TLS: ")


def test_who_does_not_answer_is_not_said_to_have_no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port is no answer."""
    monkeypatch.setattr(mta_sts_reader, "HTTPS_PORT", 1)
    assert isinstance(fetch("a.example"), Unanswered)


def test_a_star_stands_for_one_label() -> None:
    """RFC 8461 section 4.1."""
    assert matches("*.mail.example.com", "a.mail.example.com")
    assert not matches("*.mail.example.com", "a.b.mail.example.com")
    assert not matches("*.mail.example.com", "mail.example.com")
    assert matches("mx.example.com", "mx.example.com")


def test_what_is_no_policy_is_none() -> None:
    """Without a version nothing counts."""
    assert parse_policy("mode: enforce\n") == parse_policy("<html>") == {}
    assert list(parse_policy(WANTED.text)) == ["mode", "mx", "max_age"]
