"""Names of records that identities need which stay: what has such a name stays, too."""

from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass

from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Target
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model.dns_record import RecordType
from mailproof.model.names import DKIM_LABEL, dkim_name, dkim_subdomain, host_name, is_within
from mailproof.prune.account_search import AccountSearch, IdentityPlace
from mailproof.template.contents import RecordKey


@dataclass(frozen=True, slots=True)
class NeededNames:
    """
    Names of records that identities need.

    Attributes:
        mail_from: Their MAIL FROM names.
        signing: Names of the records with which they sign; the subdomain of all keys where SES does not tell which of
            one's own it is.
        unread: Domains of those of which SES told nothing: any name below may be needed.
    """

    mail_from: frozenset[str] = frozenset()
    signing: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def is_signing(self, record: RecordKey) -> bool:
        """Tell whether an identity signs, or may sign, with a record."""
        name, rdtype = record
        _, label, domain = name.rpartition(DKIM_LABEL)
        may_be = bool(label) and rdtype == RecordType.TXT and dkim_subdomain(domain) in self.signing
        return may_be or name in self.signing

    def reason(self, record: RecordKey) -> str:
        """Say what an identity has a record for; empty if none has it."""
        if record[0] in self.mail_from:
            return "another identity has it for its MAIL FROM domain"
        return "another identity signs with it, or may" if self.is_signing(record) else ""

    def is_untold(self, name: str) -> bool:
        """Tell whether an identity that was not told of may need a name."""
        return any(is_within(name, domain) for domain in self.unread)


def find_needed(search: AccountSearch, names: Collection[str], gone: Container[IdentityPlace]) -> NeededNames:
    """
    Find which names identities need, of those that lie above some names; that SES does not answer is noted.

    Args:
        search: Reads them.
        names: Names of what would leave.
        gone: Region and name of the identities that leave; all others stay.
    """
    above = list(_identities_above(search, names, gone))
    search.live.prefetch(above)
    answers = {(target, name): search.read(target, name) for target, name in above}
    found = {place: facts for place, facts in answers.items() if isinstance(facts, IdentityFacts)}
    return NeededNames(
        frozenset(facts.mail_from_domain for facts in found.values()) - {""},
        frozenset(one for place, facts in found.items() for one in _signing_names(search, *place, facts)),
        frozenset(_domain_of(name) for (_, name), facts in answers.items() if isinstance(facts, Unanswered)),
    )


def _identities_above(
    search: AccountSearch, names: Collection[str], gone: Container[IdentityPlace]
) -> Iterator[tuple[Target, str]]:
    """Yield the identities that stay and may need a name: those that are listed, or asked for where nobody looked."""
    domains = {domain for name in names for domain in _domains_above(name)}
    listed = [(region, name) for region, found in search.identities.items() for name in found]
    home = [(region, name) for account, region, name in search.in_use.identities if account == search.home.account]
    for region, name in [*listed, *sorted(one for one in home if one[0] not in search.regions)]:
        if (region, name) not in gone and _domain_of(name) in domains:
            yield search.home.elsewhere(region), name


def _domains_above(name: str) -> Iterator[str]:
    """Yield the domains whose identities may need a name: the one of a key, or all above a MAIL FROM name."""
    _, label, domain = name.rpartition(DKIM_LABEL)
    while domain:
        yield domain
        domain = "" if label else domain.partition(".")[2]


def _domain_of(identity: str) -> str:
    return host_name(identity.rpartition("@")[2])


def _signing_names(search: AccountSearch, target: Target, domain: str, facts: IdentityFacts) -> Iterator[str]:
    yield from (name for name, _ in facts.dkim_pairs(domain))  # of a replica those of its parent
    if facts.own_selector:
        yield dkim_name(facts.own_selector, domain)
    elif facts.uses_byodkim and (target.account, target.region, domain) not in search.in_use.identities:
        yield dkim_subdomain(domain)  # of others the file tells the record
