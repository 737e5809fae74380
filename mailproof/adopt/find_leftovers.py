"""Finds identities that stacks of ours made, have let go, and that no environment file lists any more."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mailproof.adopt.asked_for import AskedFor
from mailproof.adopt.evidence import fetch_let_go, fetch_marker, is_own_stack
from mailproof.adopt.existing import Existing, ExistingIdentity
from mailproof.adopt.holders import fetch_holdings, regions_beside
from mailproof.adopt.intrinsics import Resolver
from mailproof.adopt.leftover import Leftover, Leftovers, LeftRecord
from mailproof.adopt.leftover_records import RecordJudge, our_records
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws_session import NOT_ENABLED
from mailproof.live.caller import refuse_other_account
from mailproof.live.clients import Clients, Place
from mailproof.rollout.leftovers import THREADS
from mailproof.spec.regions import partition

PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An identity that no file asks for."""

    place: Place
    domain: str
    proof: str = ""


@dataclass(slots=True)
class _Region:
    """What one region has answered."""

    domains: list[str] = field(default_factory=list)
    let_go: Mapping[str, str] = field(default_factory=dict)
    unanswered: str = ""


class LeftoverFinder:
    """
    Looks through one account.

    Args:
        clients: Ask AWS.
        home: The account, in the environment's first region.
        needed: Regions that have to answer.
        asked_for: What the files ask for, all of them.
        only: The only regions to ask: what stands in others is left out of account. None asks all.
    """

    def __init__(
        self,
        clients: Clients,
        home: Place,
        needed: Iterable[str],
        asked_for: AskedFor,
        only: Iterable[str] | None = None,
    ) -> None:
        self._clients = clients
        self._home = home
        self._needed = frozenset(needed)
        self._asked_for = asked_for
        self._only = sorted(only or ()) or regions_beside(home.region)
        self._existing = Existing(clients)
        self.leftovers = Leftovers()

    def run(self) -> Leftovers:
        """Look; reads only."""
        own = self._clients.account(self._home.region)
        refused = own if isinstance(own, Unanswered) else refuse_other_account(own, self._home.account)
        if refused:
            self.leftovers.unanswered.append(f"could not ask {self._home.account}: {refused}")
            return self.leftovers
        regions = self._regions()
        candidates = [found for region in regions for found in self._candidates(region, regions[region])]
        if candidates:
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
        domains = self._clients.ask("sesv2", place, _list_domains)
        let_go = fetch_let_go(self._clients, place) if isinstance(domains, list) and domains else {}
        for answer in (domains, let_go):
            if isinstance(answer, Unanswered):
                is_news = answer.reason not in NOT_ENABLED or region in self._needed
                return _Region(unanswered=f"could not ask {place.account} in {region}: {answer}" if is_news else "")
        if isinstance(domains, NotFound) or isinstance(let_go, Unanswered):
            return _Region()
        return _Region(domains if isinstance(domains, list) else [], let_go)

    def _candidates(self, region: str, answer: _Region) -> list[_Candidate]:
        place = self._home.elsewhere(region)
        unasked = [d for d in answer.domains if (place.account, region, d) not in self._asked_for.identities]
        found = [self._prove(place, domain, answer.let_go) for domain in unasked]
        return [candidate for candidate in found if candidate is not None]

    def _prove(self, place: Place, domain: str, let_go: Mapping[str, str]) -> _Candidate | None:
        """Return an identity if a stack of ours made it."""
        if stack := let_go.get(domain):
            return _Candidate(place, domain, f"let go by stack {stack}")
        marker = fetch_marker(self._clients, place, domain, partition(place.region))
        if isinstance(marker, Unanswered):
            self.leftovers.unanswered.append(
                f"could not ask for the tags of {domain!r} in {place.region} of {place.account}: {marker}"
            )
            return None
        return _Candidate(place, domain, f"made by stack {marker}") if is_own_stack(marker) else None

    def _judge(self, candidates: list[_Candidate], regions: Mapping[str, _Region]) -> None:
        resolver = Resolver((), lambda region, domain: self._existing.dkim(self._home.elsewhere(region), domain))
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
        """Return the MAIL FROM names of identities that stay and have the domain of one that leaves."""
        gone = {(found.place.region, found.domain) for found in leaving}
        domains = {found.domain for found in leaving}
        names = set()
        for region, answer in regions.items():
            for domain in domains.intersection(answer.domains):
                if (region, domain) in gone:
                    continue
                other = self._existing.identity(self._home.elsewhere(region), domain)
                if isinstance(other, Unanswered):
                    self.leftovers.unanswered.append(f"could not ask SES for {domain!r} in {region}: {other}")
                    return None
                if isinstance(other, ExistingIdentity) and other.facts.mail_from_domain:
                    names.add(other.facts.mail_from_domain)
        return frozenset(names)

    def _add(self, found: _Candidate, judge: RecordJudge) -> None:
        identity = self._existing.identity(found.place, found.domain)
        if isinstance(identity, NotFound):
            return
        if isinstance(identity, Unanswered):
            where = f"{found.domain!r} in {found.place.region}"
            self.leftovers.unanswered.append(f"could not ask SES for {where}: {identity}")
            return
        answers = list(judge.judge(found.domain, our_records(found.domain, found.place.region, identity)))
        if unanswered := [answer for answer in answers if isinstance(answer, Unanswered)]:
            self.leftovers.unanswered.append(f"could not read the zone of {found.domain!r}: {unanswered[0]}")
            return
        self.leftovers.found.append(
            Leftover(
                place=found.place,
                domain=found.domain,
                proof=found.proof,
                is_verified=identity.facts.verification_status == "SUCCESS",
                records=tuple(answer for answer in answers if isinstance(answer, LeftRecord)),
                kept=tuple(answer for answer in answers if isinstance(answer, str)),
            )
        )


def _list_domains(client: Any) -> list[str]:
    domains: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = client.list_email_identities(PageSize=PAGE_SIZE, **token)
        domains += [i["IdentityName"].lower() for i in page["EmailIdentities"] if i["IdentityType"] == "DOMAIN"]
        if not page.get("NextToken"):
            return domains
        token = {"NextToken": page["NextToken"]}
