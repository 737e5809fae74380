"""Judge the certificate of a logo (VMC or CMC): for whom it is, until when, and for which picture."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from mailproof.logo.svg import SIZE_LIMIT_BYTES
from mailproof.model.names import is_within

# RFC 9339 section 3 and RFC 3709 section 4.1: the purpose of the key, and where the picture is.
LOGO_PURPOSE = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.31")
LOGOTYPE = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.12")
PICTURE = re.compile(rb"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
SOON = timedelta(days=30)


def certificate_faults(pem: bytes, domain: str | None, picture: bytes, now: datetime) -> Iterator[str]:
    """
    Yield what keeps receivers from taking a certificate for a domain and its logo.

    Args:
        pem: The file, the certificate itself first.
        domain: That sends; None judges all but whose it is.
        picture: The SVG, uncompressed.
        now: With a time zone.

    Source: RFC 3709; "VMC Requirements" of the AuthIndicators Working Group
    """
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError:
        yield "holds no certificate in PEM"
        return
    first = certificates[0]
    if now < first.not_valid_before_utc:
        yield f"is valid from {first.not_valid_before_utc:%Y-%m-%d} on only"
    if now > first.not_valid_after_utc:
        yield f"expired on {first.not_valid_after_utc:%Y-%m-%d}"
    elif now + SOON > first.not_valid_after_utc:
        yield f"expires on {first.not_valid_after_utc:%Y-%m-%d}: renew it"
    if len(certificates) == 1:
        yield "comes without the certificates that issued it: append them to it"
    yield from _purpose_faults(first)
    if domain and not any(is_within(domain, name) for name in _names(first)):
        yield f"is not for {domain}: it names {', '.join(_names(first)) or 'nobody'}"
    embedded = _picture(first)
    if embedded is None:
        yield "holds no picture"
    elif embedded != picture:
        yield "holds another picture than the SVG: the two have to be the same, byte by byte"


def _purpose_faults(certificate: x509.Certificate) -> Iterator[str]:
    with suppress(x509.ExtensionNotFound):
        if LOGO_PURPOSE in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value:
            return
    yield "is not for logos: its key has another purpose"


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return []
    names = found.get_values_for_type(x509.DNSName) if isinstance(found, x509.SubjectAlternativeName) else []
    return [name.lower().partition("._bimi.")[2] or name.lower() for name in names]


def _picture(certificate: x509.Certificate) -> bytes | None:
    """Return the SVG that a certificate holds, as a data URI and mostly compressed."""
    try:
        extension = certificate.extensions.get_extension_for_oid(LOGOTYPE).value
    except x509.ExtensionNotFound:
        return None
    found = PICTURE.search(extension.value) if isinstance(extension, x509.UnrecognizedExtension) else None
    try:
        return _uncompressed(base64.b64decode(found[1])) if found else None
    except (binascii.Error, zlib.error):
        return None


def _uncompressed(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, SIZE_LIMIT_BYTES + 1)
