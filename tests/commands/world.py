"""One domain in one region, healthy, with an AWS and a DNS of its own on loopback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app
from tests.check.world_dns import WorldDns, serve
from tests.fake_aws import ACCOUNT, FakeAws, identity
from tests.fake_aws import serve as serve_aws

FILE = f"""\
account: "{ACCOUNT}"
regions: [us-east-1]
zones: {{example.com: {{id: Z0EXAMPLE}}}}
domains:
- name: example.com
  mail_from: bounce
  dmarc: {{policy: none}}
"""
ZONE = """\
$TTL 300
@ SOA ns1.example.net. hostmaster 1 7200 900 1209600 60
@ NS ns1.example.net.
t1._domainkey CNAME t1.dkim.amazonses.com.
t2._domainkey CNAME t2.dkim.amazonses.com.
t3._domainkey CNAME t3.dkim.amazonses.com.
bounce MX 10 feedback-smtp.us-east-1.amazonses.com.
bounce TXT "v=spf1 include:amazonses.com ~all"
_dmarc TXT "v=DMARC1; p=none"
"""
AMAZONSES = '$TTL 300\n@ SOA ns hostmaster 1 2 3 4 60\n@ NS ns\n@ TXT "v=spf1 ip4:192.0.2.1 -all"\n'
HOSTED_ZONE = (
    "<R><HostedZone><Id>/hostedzone/Z0EXAMPLE</Id><Name>example.com.</Name><CallerReference>x</CallerReference></HostedZone>"
    "<DelegationSet><NameServers><NameServer>ns1.example.net</NameServer></NameServers></DelegationSet></R>"
)
GET_ACCOUNT = {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}
IDENTITY = {
    "VerificationStatus": "SUCCESS",
    "DkimAttributes": {
        "Status": "SUCCESS",
        "SigningEnabled": True,
        "SigningAttributesOrigin": "AWS_SES",
        "Tokens": ["t1", "t2", "t3"],
        "SigningHostedZone": "dkim.amazonses.com",
    },
    "MailFromAttributes": {"MailFromDomain": "bounce.example.com", "MailFromDomainStatus": "SUCCESS"},
}
GET_IDENTITY = identity("example.com")


@dataclass
class World:
    """
    A running world.

    Attributes:
        folder: Of the environment files.
        aws: Its AWS.
        dns: Its DNS; may be replaced by another.
        address: Where the DNS listens.
    """

    folder: Path
    aws: FakeAws
    dns: WorldDns
    address: str

    def run(self, *arguments: str) -> Result:
        """Run a command with the world's files and resolver."""
        options = ["--environments", str(self.folder), "--resolver", self.address]
        return CliRunner().invoke(app, [arguments[0], *options, *arguments[1:]])

    def run_offline(self, *arguments: str) -> Result:
        """Run a command that asks no DNS, with the world's files."""
        return CliRunner().invoke(app, [*arguments, "--environments", str(self.folder)])


class Changing:
    """A DNS whose zones can be changed while it serves."""

    def __init__(self, world: WorldDns) -> None:
        self.world = world

    def reply(self, wire: bytes, *, over_tcp: bool) -> bytes | None:
        """Answer from the zones of the moment."""
        return self.world.reply(wire, over_tcp=over_tcp)


def zones(text: str = ZONE) -> WorldDns:
    """Return a DNS with the domain's zone and SES's own."""
    return WorldDns({"example.com": text, "amazonses.com": AMAZONSES})


@contextmanager
def world(folder: Path, patch: pytest.MonkeyPatch, dns: Any = None) -> Iterator[World]:
    """Start a healthy world."""
    (folder / "prod.yaml").write_text(FILE)
    dns = dns or zones()
    with serve_aws(FakeAws()) as aws, serve(dns) as address:
        aws.answers |= {
            "ses GET /v2/email/account": (200, GET_ACCOUNT),
            "ses GET /v2/email/identities": (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}),
            "ses POST /v2/email/list-identities": (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}),
            GET_IDENTITY: (200, IDENTITY),
            "route53 GET /2013-04-01/hostedzone/Z0EXAMPLE": (200, HOSTED_ZONE),
        }
        for name, value in {
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
        }.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield World(folder, aws, dns, address)
