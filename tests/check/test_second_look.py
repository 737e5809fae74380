"""Before a record is called missing or wrong the zone's own servers are asked."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mailproof.check.environment import EnvironmentCheck, Sources
from mailproof.check.finding import Finding
from mailproof.environments import load_environments
from mailproof.live.authority import AuthorityLookup
from mailproof.live.aws.pooled import SesReader
from mailproof.live.resolver import Resolver
from mailproof.live.transport import parse_server
from tests.check.world import QUICK
from tests.check.world_aws import ses_world
from tests.check.world_dns import WorldDns, serve

FILE = """\
account: "111122223333"
regions: [us-east-1]
zones: {example.com: external}
domains: [{name: example.com, mail_from: bounce}]
"""
IDENTITY = {
    "VerificationStatus": "SUCCESS",
    "DkimAttributes": {"Status": "SUCCESS", "SigningEnabled": True, "Tokens": []},
    "MailFromAttributes": {"MailFromDomain": "bounce.example.com", "MailFromDomainStatus": "SUCCESS"},
}
ZONE = """\
$TTL 300
@ SOA ns hostmaster 1 7200 900 1209600 60
@ NS ns
ns A 127.0.0.1
_dmarc TXT "v=DMARC1; p=none"
bounce TXT "v=spf1 include:amazonses.com ~all"
"""
RIGHT = ZONE + "bounce MX 10 feedback-smtp.us-east-1.amazonses.com.\n"
SES = {"amazonses.com": '$TTL 300\n@ SOA ns hostmaster 1 2 3 4 60\n@ NS ns\n@ TXT "v=spf1 ip4:192.0.2.1 -all"\n'}


def check(cached: str, published: str, folder: Path) -> list[Finding]:
    """Check a domain whose resolver and whose zone's server say different things."""
    (folder / "prod.yaml").write_text(FILE)
    (environment,) = load_environments(folder)
    ses = ses_world({"identities": {"example.com": IDENTITY}}).client("sesv2")

    async def run(resolver_address: str, own_address: str) -> list[Finding]:
        resolver = Resolver([parse_server(resolver_address)], QUICK)
        authority = AuthorityLookup(resolver, QUICK, parse_server(own_address).port)
        with ThreadPoolExecutor(2) as pool:
            sources = Sources(resolver, lambda _: SesReader(lambda: ses, pool), None, authority=authority)
            try:
                return (await EnvironmentCheck(environment, sources).run()).findings
            finally:
                authority.close()
                resolver.close()

    with (
        serve(WorldDns({"example.com": cached, **SES})) as resolver_address,
        serve(WorldDns({"example.com": published})) as own_address,
    ):
        return asyncio.run(run(resolver_address, own_address))


def test_an_old_absence_is_no_error(tmp_path: Path) -> None:
    """The record is published: that a cache still says no is worth knowing, with the time left."""
    (finding,) = check(ZONE, RIGHT, tmp_path)
    assert (finding.rule, finding.severity, finding.name) == ("dns-answer-cached", "info", "bounce.example.com")
    assert finding.observed == "no such record, for 60 s more"


def test_a_record_that_is_not_published_is_missing(tmp_path: Path) -> None:
    """Resolver and server agree."""
    (finding,) = check(ZONE, ZONE, tmp_path)
    assert (finding.rule, finding.observed) == ("mail-from-mx-missing", "none")


def test_what_is_published_wrongly_is_told_from_what_is_cached(tmp_path: Path) -> None:
    """The finding speaks of the server's answer and says what resolvers still have."""
    published = ZONE + "bounce MX 10 mx.example.net.\n"
    (finding,) = check(ZONE, published, tmp_path)
    assert finding.rule == "mail-from-mx-points-elsewhere"
    assert finding.observed == "mx.example.net; a resolver still says: no such record, for 60 s more"


def test_what_the_resolver_has_rightly_is_not_asked_for_again(tmp_path: Path) -> None:
    """A second look is taken only before something is called wrong."""
    assert check(RIGHT, ZONE, tmp_path) == []
