"""What DNS, CloudFormation and SES show of own keys now."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from mailproof.check.misplaced import is_key_of
from mailproof.live.answer import NotFound, TxtAnswer, Unanswered, texts_of
from mailproof.live.asking import asking
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.ses import fetch_identity
from mailproof.live.aws.ses_facts import SUCCESS
from mailproof.live.aws.stack_status import IN_FORCE
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.live.dkim_key import is_revoked
from mailproof.live.resolver import Budget
from mailproof.live.transport import Server
from mailproof.live.zone_reader import read_zone
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.own_key import OwnKey
from mailproof.model.resources import identity_id
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.contents import Resource
from mailproof.template.stack_handles import stack_handles

RESOLVER = "the resolver"


class Verdict(StrEnum):
    """What is known of something."""

    PROVED = "proved"
    NOT_YET = "not yet"
    UNKNOWN = "could not ask"


class Evidence(NamedTuple):
    """
    One thing that was looked at.

    Attributes:
        verdict: What is known of it.
        words: What was seen, and where.
    """

    verdict: Verdict
    words: str

    def __str__(self) -> str:
        """Show both."""
        return f"{self.verdict}: {self.words}"


@dataclass(frozen=True, slots=True)
class Witness:
    """
    Looks at the keys of one domain.

    Attributes:
        environment: The environment.
        domain: The domain.
        clients: Ask AWS.
        resolver: The one resolver that is asked; None asks this machine's and every server of the zone.
        budget: When to give up on a question to DNS.
    """

    environment: Environment
    domain: SendingDomain
    clients: Clients
    resolver: Server | None
    budget: Budget

    def published(self, key: OwnKey) -> list[Evidence]:
        """Look for the record of a key at every server of its zone."""
        answers = asyncio.run(self._ask_dns(key.record_name(self.domain.name)))
        return [_judge_record(key, key.record_name(self.domain.name), where, answer) for where, answer in answers]

    async def _ask_dns(self, name: str) -> list[tuple[str, TxtAnswer]]:
        with asking(self.resolver, self.budget) as (resolver, authority):
            found = [(RESOLVER, await resolver.txt(name))]
            if authority is None:
                return found
            zone = self.domain.zone
            await authority.open([await read_zone(resolver, None, zone, authority)])
            servers, silent = authority.servers_of(zone.name), authority.silent.get(zone.name, ())
            answers = await asyncio.gather(*(server.resolver.txt(name) for server in servers))
            found += [(server.host, answer) for server, answer in zip(servers, answers, strict=True)]
            lost = silent if servers or silent else (f"the servers of {zone.name}",)
            return found + [(host, Unanswered("no answer", f"for the zone {zone.name}")) for host in lost]

    def signing(self, key: OwnKey, region: str) -> list[Evidence]:
        """Look whether a region signs with a key: which one, the stack shows, and SES where it names the selector."""
        return [self._deployed(key, region), self._accepted(key, region)]

    def _deployed(self, key: OwnKey, region: str) -> Evidence:
        where = f"the stack of {self.domain.name} in {region}"
        found = self._find_identity(region)
        if isinstance(found, Unanswered):
            return Evidence(Verdict.UNKNOWN, f"{where}: {found}")
        if isinstance(found, str):
            return Evidence(Verdict.NOT_YET, f"{where} is in {found}: what it holds may be undone")
        attributes = (found or {}).get("Properties", {}).get("DkimSigningAttributes", {})
        selector, private = (str(attributes.get(f"DomainSigning{part}", "")) for part in ("Selector", "PrivateKey"))
        if selector == key.selector and key.version in private:
            return Evidence(Verdict.PROVED, f"{where} holds the key {key.selector}")
        return Evidence(Verdict.NOT_YET, f"{where} holds {f'the key {selector}' if selector else 'no own key'}")

    def _find_identity(self, region: str) -> Resource | Unanswered | str | None:
        """Return the identity of the domain as a stack in a region has it; None without, a state if that is no rest."""
        deployed, refusal = DeployedStacks(self.clients), None
        for stack in stack_handles(self.environment, Bootstraps()):
            if (stack.account, stack.region) != (self.environment.account, region):
                continue
            found = deployed.fetch(replace(stack, roles=()))
            if isinstance(found, Unanswered):
                refusal = found
            elif resource := (found.template or {}).get("Resources", {}).get(identity_id(self.domain.name)):
                return found.state if found.state not in IN_FORCE else dict(resource)
        return refusal

    def _accepted(self, key: OwnKey, region: str) -> Evidence:
        where = f"SES in {region}"
        target = Target(self.environment.account, region)
        facts = self.clients.ask("sesv2", target, lambda client: fetch_identity(client, self.domain.name))
        if isinstance(facts, Unanswered):
            return Evidence(Verdict.UNKNOWN, f"{where}: {facts}")
        if isinstance(facts, NotFound):
            return Evidence(Verdict.NOT_YET, f"{where} has no such identity")
        selector = facts.own_selector
        is_signing = facts.uses_byodkim and facts.dkim_status == SUCCESS and facts.signing_enabled
        is_other = bool(selector) and selector.lower() != key.selector.lower()
        words = f"{where} says {facts.signing_origin} and {facts.dkim_status}"
        words += "" if facts.signing_enabled else ", signing off"
        if facts.uses_byodkim:
            words += f", selector {selector}" if selector else ", and names no selector"
        return Evidence(Verdict.PROVED if is_signing and not is_other else Verdict.NOT_YET, words)


def _judge_record(key: OwnKey, name: str, where: str, answer: TxtAnswer) -> Evidence:
    if isinstance(answer, Unanswered):
        return Evidence(Verdict.UNKNOWN, f"TXT {name} at {where}: {answer}")
    texts = [txt.text for txt in texts_of(answer)]
    is_right = len(texts) == 1 and (is_revoked(texts[0]) if key.is_revoked else is_key_of(key, texts[0]))
    state = "as in the file" if is_right else "another text" if texts else "absent"
    return Evidence(Verdict.PROVED if is_right else Verdict.NOT_YET, f"TXT {name} at {where}: {state}")


def look_at_keys(
    witness: Witness, published: Sequence[OwnKey], key: OwnKey, signing: Sequence[str]
) -> Iterator[Evidence]:
    """Look at records that have to be live, and at regions that have to sign with a key."""
    for each in published:
        yield from witness.published(each)
    for region in signing:
        yield from witness.signing(key, region)
