"""A message signed by the key that SES signs with, verified by a receiver's software through DNS as it was deployed."""

import base64
from collections.abc import Callable

import dkim  # type: ignore[import-untyped]  # has no annotations
import dns.message
import dns.query
import dns.resolver
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mailproof.localaws import LocalAws
from mailproof.model.txt import quote_txt
from tests.e2e.conftest import MakeProject
from tests.e2e.project import Project

REGIONS = ["us-east-1", "eu-west-1", "eu-central-2"]  # the keys of the last are below a host of its own
HERE, *_, THERE = REGIONS
SELECTOR = "own"
_DNS_TIMEOUT_S = 5.0

TxtLookup = Callable[..., bytes | None]


@pytest.fixture(scope="module")
def deployed(make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A domain and one below it in the same zone, in three regions."""
    project = make_project(tmp_path_factory.mktemp("environments"))
    project.write({"name": project.zone, "dmarc": "none"}, {"name": f"news.{project.zone}"}, regions=REGIONS)
    project.stand()
    return project


def signing_key(deployed: Project, domain: str, region: str) -> bytes:
    """Return the private key that SES signs with."""
    return deployed.aws.ses_key(deployed.account, region, domain)["private_key"].encode()


def lookup(aws: LocalAws) -> TxtLookup:
    """Return what dkimpy asks for a key: the text at the end of the CNAMEs, None if there is none."""
    host, _, port = aws.dns.partition(":")

    def fetch(name: bytes, timeout: float = _DNS_TIMEOUT_S) -> bytes | None:
        query = dns.message.make_query(name.decode(), "TXT")
        response, _ = dns.query.udp_with_fallback(query, host, port=int(port), timeout=timeout)
        assert isinstance(response, dns.message.QueryMessage)
        try:
            found = response.resolve_chaining().answer
        except dns.resolver.NXDOMAIN:
            return None
        return b"".join(found[0].strings) if found else None

    return fetch


def sign(domain: str, selector: str, key: bytes) -> bytes:
    """Write a message from a domain and sign it as SES does: the selector is the token."""
    lines = [
        f"From: shop@{domain}",
        "To: customer@receiver.example",
        "Subject: Your order",
        "Date: Mon, 02 Nov 2026 10:00:00 +0000",
        "Message-ID: <1@shop.example>",
        "",
        "It is on its way.",
        "",
    ]
    message = "\r\n".join(lines).encode()
    return bytes(dkim.sign(message, selector.encode(), domain.encode(), key)) + message


def verifies(message: bytes, aws: LocalAws) -> bool:
    """Tell whether a receiver finds the key in DNS and the signature good; less than 2048 bits will not do."""
    return bool(dkim.verify(message, dnsfunc=lookup(aws), minkey=2048))


def tokens(project: Project, domain: str, region: str) -> list[str]:
    """Return the tokens of an identity."""
    return [str(token) for token in project.identity(domain, region)["DkimAttributes"]["Tokens"]]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("below", ["", "news."], ids=["zone", "below"])
def test_signed_mail_verifies_from_every_region(deployed: Project, below: str, region: str) -> None:
    """Whichever of the three tokens SES takes for its selector."""
    domain = f"{below}{deployed.zone}"
    found = tokens(deployed, domain, region)
    assert len(found) == 3
    for token in found:
        assert verifies(sign(domain, token, signing_key(deployed, domain, region)), deployed.aws)


def test_changed_mail_does_not_verify(deployed: Project) -> None:
    """What a key is for: another text, and another sender's key, are told from the message that was signed."""
    [token, *_] = tokens(deployed, deployed.zone, HERE)
    message = sign(deployed.zone, token, signing_key(deployed, deployed.zone, HERE))
    assert not verifies(message.replace(b"on its way", b"lost"), deployed.aws)
    stranger, _ = make_key()
    assert not verifies(sign(deployed.zone, token, stranger), deployed.aws)


def test_a_record_at_a_doubled_name_does_not_verify(deployed: Project) -> None:
    """With the zone behind its name a record proves nothing; put back, it does."""
    domain = f"news.{deployed.zone}"
    [(name, target), *_] = deployed.tokens()[domain, THERE]
    message = sign(domain, str(name).partition(".")[0], signing_key(deployed, domain, THERE))
    deployed.change("UPSERT", str(name), "CNAME", str(target))  # takes the TTL that `change_batch` deletes with
    deployed.change_batch(
        ("CREATE", f"{name}.{deployed.zone}", "CNAME", (str(target),)),
        ("DELETE", str(name), "CNAME", (str(target),)),
    )
    assert not verifies(message, deployed.aws)
    deployed.change_batch(
        ("DELETE", f"{name}.{deployed.zone}", "CNAME", (str(target),)),
        ("CREATE", str(name), "CNAME", (str(target),)),
    )
    assert verifies(message, deployed.aws)


def make_key() -> tuple[bytes, bytes]:
    """Return a private key of 2048 bits as PEM, for dkimpy, and as base64 of DER, for SES."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    pem = key.private_bytes(serialization.Encoding.PEM, *form)
    return pem, base64.b64encode(key.private_bytes(serialization.Encoding.DER, *form))


def key_record(pem: bytes) -> str:
    """Write the text of a key record (RFC 6376 section 3.6.1)."""
    key = serialization.load_pem_private_key(pem, password=None).public_key()
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(key.public_bytes(*form)).decode()}"


def test_an_own_key_in_a_text_record_verifies(deployed: Project) -> None:
    """A key of 2048 bits, longer than one string, as `quote_txt` writes it: SES finds it, and so does a receiver."""
    pem, der = make_key()
    domain, text = f"own.{deployed.zone}", key_record(pem)
    value = quote_txt(text)
    assert len(text) > 255
    assert value == f'"{text[:255]}" "{text[255:]}"'
    deployed.change("CREATE", f"{SELECTOR}._domainkey.{domain}", "TXT", value)
    signing = {"DomainSigningSelector": SELECTOR, "DomainSigningPrivateKey": der.decode()}
    deployed.client("sesv2").create_email_identity(EmailIdentity=domain, DkimSigningAttributes=signing)
    assert deployed.identity(domain)["DkimAttributes"]["Status"] == "SUCCESS"
    assert verifies(sign(domain, SELECTOR, pem), deployed.aws)


def test_an_own_key_in_a_zone_file_verifies(deployed: Project) -> None:
    """Another provider loads the same words from a zone file."""
    pem, _ = make_key()
    zone = f"dns-provider.{deployed.zone}"
    key = f"{SELECTOR}._domainkey IN TXT {quote_txt(key_record(pem))}\n"
    deployed.aws.put_external_zone(zone, f"$ORIGIN {zone}.\n$TTL 300\n@ SOA ns.{zone}. h.{zone}. 1 2 3 4 5\n{key}")
    assert verifies(sign(zone, SELECTOR, pem), deployed.aws)
