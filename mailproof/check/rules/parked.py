"""Rules about domains that are parked."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.check.subjects import ParkedUse
from mailproof.model import pages


@rule(
    "parked-domain-in-use",
    Severity.ERROR,
    ParkedUse,
    meaning="The records of a parked domain make receivers refuse its mail, or will once they are published.",
    condition="A parked domain has an identity in SES, its own or of an address, in a region that is asked. Before a "
    "deployment also: an MX, an SPF record that lets somebody send, or a DKIM key that is not revoked.",
    expected="a domain that sends nothing",
    observed="what says that it does",
    fix="Take the domain off `parked`. Or, if it is no longer to be used, take away first what uses it: see "
    f"{pages.PARKED_DOMAINS}.",
    source="RFC 9989 section 4.7; RFC 7208 section 10.1.2; RFC 7505",
)
def parked_domain_in_use(subject: ParkedUse) -> RuleResult:
    """Say what uses it."""
    return RuleResult(observed=subject.what)
