"""Address identities: those that the file declares, and others, whose settings come before those of their domain."""

from collections.abc import Collection, Iterator

from mailproof.check.judging import Findings
from mailproof.check.subjects import AddressSubject, DeclaredAddress, SesUnavailable
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.ses_facts import IdentityFacts, RegionFacts
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.names import host_name, longest_containing

ASKED_LIMIT = 50
"""Undeclared addresses of a region that SES is asked for, one request a second: of the others their names are told."""

Names = Collection[str]


def addresses_to_ask(environment: Environment, region: str, facts: RegionFacts, chosen: Names) -> list[str]:
    """List the address identities of a region whose settings are to be asked for."""
    declared = [name for _, name in _declared(environment, region, chosen) if name in facts.names]
    return [*declared, *(name for _, name in _undeclared(environment, region, facts, chosen))][
        : len(declared) + ASKED_LIMIT
    ]


def judge_undeclared(findings: Findings, region: str, facts: RegionFacts, chosen: Names) -> None:
    """
    Judge the address identities that the file does not have.

    Args:
        findings: Takes what is found.
        region: AWS region.
        facts: What SES says of it.
        chosen: The domains to look at.
    """
    for domain, name in _undeclared(findings.environment, region, facts, chosen):
        own, of_domain = facts.address_facts.get(name), facts.identities.get(domain.name)
        findings.judge_first(
            AddressSubject(
                domain.name,
                region,
                name,
                own if isinstance(own, IdentityFacts) else None,
                of_domain if isinstance(of_domain, IdentityFacts) else None,
            )
        )


def judge_declared(findings: Findings, region: str, facts: RegionFacts, chosen: Names) -> None:
    """Judge the address identities that the file has; arguments as of `judge_undeclared`."""
    if isinstance(facts.addresses, Unanswered | NotFound):  # the region is reported
        return
    for domain, name in _declared(findings.environment, region, chosen):
        found = facts.address_facts.get(name, NotFound())
        if isinstance(found, Unanswered):
            findings.judge_first(SesUnavailable(region, domain.name, found))
        else:
            findings.judge_first(DeclaredAddress(domain, region, name, found, findings.environment))


def _declared(environment: Environment, region: str, chosen: Names) -> Iterator[tuple[SendingDomain, str]]:
    for domain, address, where in environment.addresses():
        if where == region and domain.name in chosen:
            yield domain, address.name


def _undeclared(
    environment: Environment, region: str, facts: RegionFacts, chosen: Names
) -> Iterator[tuple[SendingDomain, str]]:
    listed = {domain.name: domain for domain in environment.domains if region in domain.identity_regions}
    declared = {name for _, name in _declared(environment, region, listed)}
    for name in facts.addresses if isinstance(facts.addresses, tuple) else ():
        owner = longest_containing(host_name(name.rpartition("@")[2]), listed)
        if owner in chosen and name not in declared and owner:
            yield listed[owner], name
