"""Finds identities that stacks of ours made, have let go, and that no environment file lists any more."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import THREADS, Target, refuse_other_account
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.remedies import NOT_ENABLED
from mailproof.live.aws.ses import list_identities
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.aws.stack_contents import fetch_holdings
from mailproof.model.names import host_name, is_within
from mailproof.model.regions import regions_of_partition
from mailproof.prune.in_use import InUse
from mailproof.prune.leftover import Account, LeftRecord, OrphanedIdentities, OrphanedIdentity
from mailproof.prune.provenance import environments_of, fetch_let_go
from mailproof.prune.records import RecordJudge, our_records
from mailproof.template.intrinsics import IntrinsicEvaluator

SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An identity that no file asks for."""

    place: Target
    domain: str
    proof: str


@dataclass(slots=True)
class _Region:
    """What one region has answered."""

    identities: list[str] = field(default_factory=list)
    let_go: Mapping[str, str] = field(default_factory=dict)
    unanswered: str = ""


class LeftoverFinder:
    """
    Looks through one account.

    Args:
        account: The account; its regions have to answer.
        asked_for: What the files ask for, all of them.
        environments: Names of those that are ours in this account.
        only: The only regions to ask: what stands in others is left out of account. None asks all.
    """

    def __init__(
        self,
        account: Account,
        asked_for: InUse,
        environments: Iterable[str],
        only: Iterable[str] | None = None,
    ) -> None:
        self._clients = account.clients
        self._home = account.place
        self._needed = account.regions
        self._asked_for = asked_for
        self._environments = frozenset(environments)
        self._strangers: dict[str, list[str]] = {}
        self._only = sorted(only or ()) or regions_of_partition(account.place.region)
        self._existing = LiveResources(account.clients)
        self.leftovers = OrphanedIdentities()

    def run(self) -> OrphanedIdentities:
        """Look; reads only."""
        own = self._clients.account(self._home.region)
        refused = own if isinstance(own, Unanswered) else refuse_other_account(own, self._home.account)
        if refused:
            self.leftovers.unanswered.append(f"could not ask {self._home.account}: {refused}")
            return self.leftovers
        regions = self._regions()
        candidates = [found for region in regions for found in self._candidates(region, regions[region])]
        self.leftovers.notes += [self._about_stranger(*found) for found in self._strangers.items()]
        if candidates and not self.leftovers.unanswered:  # what has not answered may use a name of what leaves
            self._judge(candidates, regions)
        return self.leftovers

    def _regions(self) -> dict[str, _Region]:
        names = self._only
        self._clients.ask("sesv2", self._home, lambda _: None)  # the session is opened before there are threads
        with ThreadPoolExecutor(THREADS) as pool:
            answers = dict(zip(names, pool.map(self._ask_region, names), strict=True))
        self.leftovers.unanswered += [found.unanswered for found in answers.values() if found.unanswered]
        return answers

    def _ask_region(self, region: str) -> _Region:
        place = self._home.elsewhere(region)
        identities = self._clients.ask("sesv2", place, _list_identities)
        let_go = fetch_let_go(self._clients, place) if isinstance(identities, list) and identities else {}
        for answer in (identities, let_go):
            if isinstance(answer, Unanswered):
                is_news = answer.reason not in NOT_ENABLED or region in self._needed
                return _Region(unanswered=f"could not ask {place.account} in {region}: {answer}" if is_news else "")
        if not isinstance(identities, list) or isinstance(let_go, Unanswered):
            return _Region()
        return _Region(identities, let_go)

    def _candidates(self, region: str, answer: _Region) -> list[_Candidate]:
        place = self._home.elsewhere(region)
        domains = [identity for identity in answer.identities if "@" not in identity]
        unasked = [d for d in domains if (place.account, region, d) not in self._asked_for.identities]
        found = [self._prove(place, domain, answer.let_go.get(domain, "")) for domain in unasked]
        return [candidate for candidate in found if candidate is not None]

    def _prove(self, place: Target, domain: str, let_go_by: str) -> _Candidate | None:
        """Return an identity if CloudFormation's tag says that a stack of ours made it."""
        identity = self._existing.identity(place, domain)
        if isinstance(identity, Unanswered):
            self._could_not_ask_ses(place, domain, identity)
        if not isinstance(identity, IdentityFacts):
            return None
        made_by = identity.stack_name
        if not environments_of(made_by, place.region):
            if let_go_by:
                self.leftovers.notes.append(_about_untagged(place, domain, let_go_by))
            return None
        makers = (maker for stack in (made_by, let_go_by) for maker in environments_of(stack, place.region))
        if stranger := next((maker for maker in makers if maker not in self._environments), None):
            self._strangers.setdefault(stranger, []).append(f"{domain!r} in {place.region}")
            return None
        return _Candidate(place, domain, f"let go by stack {let_go_by}" if let_go_by else f"made by stack {made_by}")

    def _about_stranger(self, environment: str, found: list[str]) -> str:
        whose = f"identities of environment {environment!r}, which no file here has in {self._home.account}, stay"
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        todo = f"if its file was deleted, also give --environment-gone {environment}"
        return f"{whose}: {', '.join(found[:SHOWN])}{more}; {todo}"

    def _could_not_ask_ses(self, place: Target, identity: str, answer: Unanswered) -> None:
        line = f"could not ask SES for {identity!r} in {place.region} of {place.account}: {answer}"
        self.leftovers.unanswered.append(line)

    def _judge(self, candidates: list[_Candidate], regions: Mapping[str, _Region]) -> None:
        home, existing = self._home, self._existing
        resolver = IntrinsicEvaluator(
            (), home.account, lambda region, domain: existing.dkim(home.elsewhere(region), domain)
        )
        holdings = fetch_holdings(self._clients, self._home, self._needed, resolver, self._only)
        if holdings.unanswered:
            self.leftovers.unanswered += [
                f"could not ask the stacks of {self._home.account} in {region}, which may hold what is left: {answer}"
                for region, answer in holdings.unanswered.items()
            ]
            return
        leaving = []
        for found in candidates:
            if holder := holdings.identities.get((found.place.region, found.domain)):
                self.leftovers.notes.append(
                    f"identity {found.domain!r} in {found.place.region} is in no file, yet held by {holder}"
                )
            else:
                leaving.append(found)
        used = self._names_in_use(leaving, regions)
        if isinstance(used, frozenset):
            judge = RecordJudge(self._existing, self._home, self._asked_for, holdings, used)
            for found in leaving:
                self._add(found, judge)

    def _names_in_use(self, leaving: list[_Candidate], regions: Mapping[str, _Region]) -> frozenset[str] | None:
        """Return the MAIL FROM names of identities that stay and lie above such a name of one that leaves."""
        gone = {(found.place.region, found.domain) for found in leaving}
        names = {self._mail_from(found.place, found.domain) for found in leaving}
        used = {
            self._mail_from(self._home.elsewhere(region), other)
            for region, answer in regions.items()
            for other in answer.identities
            if (region, other) not in gone
            and any(name and is_within(name, host_name(other.rpartition("@")[2])) for name in names)
        }
        return None if None in names | used else frozenset(filter(None, used))

    def _mail_from(self, place: Target, name: str) -> str | None:
        """Return the MAIL FROM domain of an identity, empty without one; None if that could not be asked."""
        identity = self._existing.identity(place, name)
        if isinstance(identity, Unanswered):
            self._could_not_ask_ses(place, name, identity)
            return None
        return identity.mail_from_domain if isinstance(identity, IdentityFacts) else ""

    def _add(self, found: _Candidate, judge: RecordJudge) -> None:
        identity = self._existing.identity(found.place, found.domain)
        if not isinstance(identity, IdentityFacts):  # it went meanwhile: `_prove` has read it
            return
        answers = list(judge.judge(found.domain, our_records(found.domain, found.place.region, identity)))
        if unanswered := [answer for answer in answers if isinstance(answer, Unanswered)]:
            self.leftovers.unanswered.append(f"{found.domain!r} in {found.place.region}: {unanswered[0]}")
            return
        self.leftovers.found.append(
            OrphanedIdentity(
                place=found.place,
                domain=found.domain,
                proof=found.proof,
                is_verified=identity.verification_status == "SUCCESS",
                records=tuple(answer for answer in answers if isinstance(answer, LeftRecord)),
                kept=tuple(answer for answer in answers if isinstance(answer, str)),
            )
        )


def _about_untagged(place: Target, domain: str, stack: str) -> str:
    what = f"identity {domain!r} in {place.region} of {place.account} stays: stack {stack} let one of its name go"
    why = "CloudFormation's tag does not say that the stack made this one; it was adopted, or made again by hand"
    return f"{what}, but {why}"


def _list_identities(client: Any) -> list[str]:
    return [name if "@" in name else name.lower() for name in list_identities(client)]
