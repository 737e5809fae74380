"""What receivers ask of a logo and its certificate."""

import base64
import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from mailproof.cli import app
from mailproof.logo.certificate import LOGO_PURPOSE, LOGOTYPE, certificate_faults
from mailproof.logo.svg import svg_faults

NOW = datetime(2026, 11, 29, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">'
SVG = f'{HEAD}<title>Example</title><path d="M0 0h64v64z"/></svg>'.encode()
DOCTYPE = "has a document type, which the profile does not allow"


def with_content(text: str) -> bytes:
    """Return the logo with something more in it."""
    return SVG.replace(b"</svg>", f"{text}</svg>".encode())


@pytest.mark.parametrize(
    ("svg", "fault"),
    [
        (SVG.replace(b"tiny-ps", b"tiny"), 'has baseProfile="tiny", not "tiny-ps"'),
        (SVG.replace(b' version="1.2"', b""), 'has version="", not "1.2"'),
        (SVG.replace(b"0 0 64 64", b"0 0 64 32"), "is not square: its viewBox is 64 by 32"),
        (SVG.replace(b"0 0 64 64", b"0 0 64"), "has no viewBox of four numbers"),
        (SVG.replace(b"Example", b" "), "has no title at its root"),
        (SVG.replace(b"<svg ", b'<svg x="1" '), "has x at its root, which the profile does not allow"),
        (with_content("<script/>"), "has <script>, which the profile does not allow"),
        (with_content('<use href="https://a.example/x"/>'), "points outside itself, at 'https://a.example/x'"),
        (
            with_content('<path fill="url(https://a.example/x#b)"/>'),
            "points outside itself, at 'https://a.example/x#b'",
        ),
        (with_content("<path style=\"fill: URL( '//a.example/x')\"/>"), "points outside itself, at '//a.example/x'"),
        (with_content('<path onclick="x()"/>'), "has an attribute that runs a script"),
        (SVG.ljust(33_000), "is 33,000 bytes long; receivers accept at most 32,768"),
        (b"<!DOCTYPE svg>" + SVG, DOCTYPE),
        (f'<!DOCTYPE svg [<!ENTITY a "b">]>{SVG.decode()}'.encode("utf-16"), DOCTYPE),
        (b"<html/>", "is not an SVG: its root is 'html'"),
        (b"\x89PNG", "is not XML: not well-formed (invalid token): line 1, column 0"),
    ],
)
def test_each_fault_of_a_picture_is_named(svg: bytes, fault: str) -> None:
    """And nothing else; a reference to a part of itself is none."""
    assert list(svg_faults(SVG)) == list(svg_faults(with_content('<use href="#a" fill="url(#b)"/>'))) == []
    assert list(svg_faults(svg)) == [fault]


def certificate(
    names: tuple[str, ...] = ("example.com",),
    *,
    picture: bytes | None = SVG,
    days: int = 300,
    logo: bool = True,
    issuers: int = 1,
) -> bytes:
    """Make a certificate of a logo, with itself in the place of those that issued it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=90))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
    )
    if logo:
        builder = builder.add_extension(x509.ExtendedKeyUsage([LOGO_PURPOSE]), critical=False)
    if picture is not None:
        uri = b"data:image/svg+xml;base64," + base64.b64encode(gzip.compress(picture))
        builder = builder.add_extension(x509.UnrecognizedExtension(LOGOTYPE, b"\x30\x0c" + uri), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM) * (1 + issuers)


@pytest.mark.parametrize(
    ("pem", "fault"),
    [
        (certificate(days=-1), "expired on 2026-11-28"),
        (certificate(days=9), "expires on 2026-12-08: renew it"),
        (certificate(("other.example",)), "is not for news.example.com: it names other.example"),
        (certificate(("default._bimi.other.example",)), "is not for news.example.com: it names other.example"),
        (
            certificate(picture=SVG + b" "),
            "holds another picture than the SVG: the two have to be the same, byte by byte",
        ),
        (certificate(picture=None), "holds no picture"),
        (certificate(logo=False), "is not for logos: its key has another purpose"),
        (certificate(issuers=0), "comes without the certificates that issued it: append them to it"),
        (b"nothing", "holds no certificate in PEM"),
    ],
)
def test_each_fault_of_a_certificate_is_named(pem: bytes, fault: str) -> None:
    """A certificate of the domain above, or of its selector, is for the domain too."""
    for names in (("example.com",), ("default._bimi.example.com",)):
        assert list(certificate_faults(certificate(names), "news.example.com", SVG, NOW)) == []
    assert list(certificate_faults(pem, "news.example.com", SVG, NOW)) == [fault]


def test_the_command_ends_with_what_it_found(tmp_path: Path) -> None:
    """0 for nothing, 1 for a fault, 2 for what cannot be read."""
    svg, wrong = tmp_path / "logo.svg", tmp_path / "wrong.svg"
    svg.write_bytes(SVG)
    wrong.write_bytes(b"<html/>")
    run = CliRunner().invoke
    right = run(app, ["logo", str(svg)])
    assert (right.exit_code, right.output.splitlines()[0]) == (0, "all well")
    found = run(app, ["logo", str(wrong), "--domain", "example.com"])
    assert (found.exit_code, found.output.splitlines()[0]) == (1, f"{wrong} is not an SVG: its root is 'html'")
    for arguments in ([str(tmp_path / "none.svg")], [str(tmp_path)], [str(svg), "--domain", "not a name"]):
        assert run(app, ["logo", *arguments]).exit_code == 2
