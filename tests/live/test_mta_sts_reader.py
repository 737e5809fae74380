"""MTA-STS policies over real HTTPS."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mailproof.live import mta_sts_reader
from mailproof.live.answer import Absent, Answer, DnsAnswer, Mx, Unanswered
from mailproof.live.mta_sts_reader import FetchedPolicy, read_mta_sts
from mailproof.model.mta_sts import MtaSts, MtaStsMode, matches, parse_policy

WANTED = MtaSts(MtaStsMode.TESTING, ("mx.example.com", "*.mail.example.com"), 604_800)
ANSWERS = {
    "mta-sts.a.example": (200, "text/plain; charset=utf-8", WANTED.text.replace("\n", "\r\n")),
    "mta-sts.b.example": (301, "text/plain", ""),
    "mta-sts.c.example": (200, "text/html", WANTED.text),
    "mta-sts.d.example": (404, "text/plain", "nothing here"),
}


class Handler(BaseHTTPRequestHandler):
    """Answers by host."""

    def do_GET(self) -> None:
        """Answer the one path."""
        status, kind, text = ANSWERS[str(self.headers["Host"]).partition(":")[0]]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "https://elsewhere.example/")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """An HTTPS server, its port, and the certificate by which it is trusted."""
    folder = tmp_path_factory.mktemp("https")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in ANSWERS])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).add_extension(names, critical=False)
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    certificate = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1)).sign(key, hashes.SHA256())
    trusted = folder / "trusted.pem"
    trusted.write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, folder / "key.pem")
    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=lambda: http.serve_forever(0.02))
        thread.start()
        yield http.server_address[1], trusted
        http.shutdown()
        thread.join()


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
