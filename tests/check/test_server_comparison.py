"""Each of a zone's own servers is asked, beside the resolver."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailproof.check.environment import EnvironmentCheck, Sources
from mailproof.check.finding import Finding
from mailproof.environments import load_environments
from mailproof.live.authority import Authority
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
    "DkimAttributes": {
        "Status": "SUCCESS",
        "SigningEnabled": True,
        "SigningAttributesOrigin": "AWS_SES",
        "Tokens": [],
    },
    "MailFromAttributes": {"MailFromDomain": "bounce.example.com", "MailFromDomainStatus": "SUCCESS"},
}
MISSING = """\
$TTL 300
@ SOA ns hostmaster 1 7200 900 1209600 60
@ NS ns
@ NS ns2
ns A 127.0.0.1
ns2 A 127.0.0.2
_dmarc TXT "v=DMARC1; p=none"
bounce TXT "v=spf1 include:amazonses.com ~all"
"""
RIGHT = MISSING + "bounce MX 10 feedback-smtp.us-east-1.amazonses.com.\n"
SES = {"amazonses.com": '$TTL 300\n@ SOA ns hostmaster 1 2 3 4 60\n@ NS ns\n@ TXT "v=spf1 ip4:192.0.2.1 -all"\n'}


def check(
    cached: str, *published: str, folder: Path, faults: dict[str, str] | None = None, text: str = FILE
) -> list[Finding]:
    """Check a domain whose resolver and whose zone's servers, on 127.0.0.1, .2 and so on, say different things."""
    (folder / "prod.yaml").write_text(text)
    (environment,) = load_environments(folder)
    ses = ses_world({"identities": {"example.com": IDENTITY}}).client("sesv2")

    async def run(resolver_address: str, port: int) -> list[Finding]:
        resolver = Resolver([parse_server(resolver_address)], QUICK)
        authority = Authority(resolver, QUICK, port)
        with ThreadPoolExecutor(2) as pool:
            sources = Sources(resolver, lambda _: SesReader(lambda: ses, pool), None, authority=authority)
            try:
                return (await EnvironmentCheck(environment, sources).run()).findings
            finally:
                authority.close()
                resolver.close()

    with ExitStack() as stack:
        resolver_address = stack.enter_context(serve(WorldDns({"example.com": cached, **SES}, faults)))
        first, *others = (WorldDns({"example.com": zone}) for zone in published)
        port = parse_server(stack.enter_context(serve(first))).port
        for number, world in enumerate(others, 2):
            stack.enter_context(serve(world, (f"127.0.0.{number}", port)))
        return asyncio.run(run(resolver_address, port))


def test_an_old_absence_is_no_error(tmp_path: Path) -> None:
    """The record is published: that a cache still says no is worth knowing, with the time left."""
    (finding,) = check(MISSING, RIGHT, RIGHT, folder=tmp_path)
    assert (finding.rule, finding.severity, finding.name) == ("dns-answer-cached", "info", "bounce.example.com")
    assert finding.observed == "no such record, for 60 s more"


def test_a_record_that_is_not_published_is_missing(tmp_path: Path) -> None:
    """Resolver and servers agree."""
    (finding,) = check(MISSING, MISSING, MISSING, folder=tmp_path)
    assert (finding.rule, finding.observed) == ("mail-from-mx-missing", "none")


def test_what_is_published_wrongly_is_told_from_what_is_cached(tmp_path: Path) -> None:
    """The finding speaks of the servers' answer and says what resolvers still have."""
    elsewhere = MISSING + "bounce MX 10 mx.example.net.\n"
    (finding,) = check(MISSING, elsewhere, elsewhere, folder=tmp_path)
    assert finding.rule == "mail-from-mx-points-elsewhere"
    assert finding.observed == "mx.example.net; a resolver still says: no such record, for 60 s more"


@pytest.mark.parametrize("cached", ["RIGHT", "MISSING"])
def test_a_server_out_of_step_is_named(cached: str, tmp_path: Path) -> None:
    """Whatever the resolver happens to have, and one finding, however many regions."""
    (finding,) = check({"RIGHT": RIGHT, "MISSING": MISSING}[cached], RIGHT, MISSING, folder=tmp_path)
    assert (finding.rule, finding.severity) == ("name-server-out-of-step", "error")
    assert (finding.domain, finding.name, finding.type) == ("example.com", "bounce.example.com", "MX")
    assert finding.observed == "ns2.example.com: none"


def test_an_old_answer_is_not_said_while_a_server_is_silent(tmp_path: Path) -> None:
    """It may be the server that the resolver asked."""
    (finding,) = check(MISSING, RIGHT, folder=tmp_path)
    assert finding.rule == "mail-from-mx-missing"


def test_what_validating_resolvers_refuse_is_not_cached(tmp_path: Path) -> None:
    """The servers do not validate: that all have the record does not help."""
    (finding,) = check(RIGHT, RIGHT, RIGHT, folder=tmp_path, faults={"bounce.example.com MX": "bogus"})
    assert (finding.rule, finding.severity, finding.type) == ("dnssec-bogus", "error", "MX")


def test_what_is_right_everywhere_is_right(tmp_path: Path) -> None:
    """Nothing is found."""
    assert check(RIGHT, RIGHT, RIGHT, folder=tmp_path) == []


def test_a_server_out_of_step_for_a_name_beside_mail_is_no_error(tmp_path: Path) -> None:
    """SES does not use the name; that one server lacks it is worth a warning."""
    also = 'old MX 10 feedback-smtp.us-east-1.amazonses.com.\nold TXT "v=spf1 include:amazonses.com ~all"\n'
    whole, part = RIGHT + also, RIGHT + also.splitlines()[1] + "\n"
    text = FILE.replace("mail_from: bounce", "mail_from: {name: bounce, also: [old]}")
    (finding,) = check(whole, whole, part, folder=tmp_path, text=text)
    assert (finding.rule, finding.severity) == ("name-server-out-of-step", "warning")
    assert finding.name == "old.example.com"
