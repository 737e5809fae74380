"""The search of an account: whom it asks, what stays, what SES says of identities, and what was found so far."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.clients import THREADS, Target
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.remedies import could_not_ask, is_news
from mailproof.live.aws.ses import list_region
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model.environment import Environment
from mailproof.model.in_use import collect_in_use
from mailproof.model.names import DKIM_LABEL, dkim_name
from mailproof.model.regions import regions_of_partition
from mailproof.model.wording import shorten
from mailproof.prune.orphaned_identity import Account, OrphanedIdentities, ZoneAccount
from mailproof.prune.provenance import Retained, fetch_retained

IdentityPlace: TypeAlias = tuple[str, str]
"""Region and name of an identity of the account."""


class AccountSearch:
    """
    What all parts of the search of one account share.

    Args:
        account: The account; its regions have to answer.
        files: All environments of the folder: what one of them asks for stays.
        environments: Names of our environments in this account.
        only: The only regions to ask: others are ignored. None asks all.

    Attributes:
        account: The account.
        clients: Its credentials.
        home: The account, in the first region of an environment.
        zones: Accounts of zones; those that its stacks let read are added as they are found.
        regions: Regions to ask, there as well.
        files: As given.
        environments: As given.
        in_use: What the files ask for.
        live: Reads identities and zones.
        identities: What SES lists in each region that has answered.
        retained: What stacks have retained in each region; nothing as long as it has not answered.
        closed: Accounts of zones that could not be asked, with what to say of them.
        orphans: What was found.
    """

    def __init__(
        self,
        account: Account,
        files: Sequence[Environment],
        environments: Iterable[str],
        only: Iterable[str] | None = None,
    ) -> None:
        self.account = account
        self.clients = account.clients
        self.home = account.target
        self.zones = list(account.zones)
        self.regions = sorted(only or ()) or regions_of_partition(account.target.region)
        self.files = files
        self.environments = frozenset(environments)
        self.in_use = collect_in_use(files)
        self.live = LiveResources(account.clients)
        self.identities: dict[str, list[str]] = {}
        self.retained = {region: Retained() for region in self.regions}
        self.closed: dict[str, str] = {}
        self.orphans = OrphanedIdentities()

    def ask_regions(self) -> None:
        """List the identities of the account and what was retained there, the regions side by side."""
        with ThreadPoolExecutor(THREADS) as pool:
            answers = dict(zip(self.regions, pool.map(self._ask_region, self.regions), strict=True))
        for region, answer in answers.items():
            if not isinstance(answer, Unanswered):
                self.identities[region], self.retained[region] = answer
            elif is_news(answer, region, self.account.regions):
                self.orphans.unanswered.append(could_not_ask(f"{self.home.account} in {region}", answer, region))

    def _ask_region(self, region: str) -> tuple[list[str], Retained] | Unanswered:
        target = self.home.elsewhere(region)
        identities = self.clients.ask("sesv2", target, _list_identities)
        if isinstance(identities, Unanswered):
            return identities
        if isinstance(identities, NotFound):
            return [], Retained()
        retained = fetch_retained(self.clients, target, self.environments)
        return retained if isinstance(retained, Unanswered) else (identities, retained)

    def note_closed(self, zone: ZoneAccount, unanswered: Mapping[str, Unanswered]) -> None:
        """Note that an account of zones could not be asked in some regions; one that is closed is said once."""
        account = zone.target.account
        for region, answer in list(unanswered.items())[:1]:
            what = f"the stacks of {account}, which owns or owned zones, in {shorten(list(unanswered))}"
            remedy = f"or name credentials of it: {zone.options}"
            self.closed[account] = f"{could_not_ask(what, answer, region)}; {remedy}"

    def read(self, target: Target, name: str) -> AwsAnswer[IdentityFacts]:
        """Return what SES says of an identity; that it does not answer is noted once."""
        answer = self.live.identity(target, name)
        if isinstance(answer, Unanswered):
            whom = f"SES for {name!r} in {target.region} of {target.account}"
            line = could_not_ask(whom, answer, target.region)
            if line not in self.orphans.unanswered:
                self.orphans.unanswered.append(line)
        return answer

    def replicas_of(self, region: str, domain: str) -> list[str] | None:
        """
        Return the regions whose identity of a domain signs with the key of that in one region.

        Returns:
            None if none does for all that is known, and one that was not told of may.
        """
        places = [
            self.home.elsewhere(other)
            for other, listed in self.identities.items()
            if other != region and domain in listed
        ]
        self.live.prefetch((place, domain) for place in places)
        found = {place.region: self.read(place, domain) for place in places}
        facts = {other: answer for other, answer in found.items() if isinstance(answer, IdentityFacts)}
        replicas = [other for other, answer in facts.items() if answer.primary_region == region]
        is_told = not any(isinstance(answer, Unanswered) for answer in found.values())
        return replicas if replicas or is_told else None

    def is_given(self, region: str, domain: str) -> bool:
        """Tell whether a file has the DKIM records of an identity by their names, as of one that others hold."""
        given = {name for name, _ in self.in_use.records if name.endswith(f"{DKIM_LABEL}{domain}")}
        facts = self.read(self.home.elsewhere(region), domain) if given else None
        tokens = facts.tokens if isinstance(facts, IdentityFacts) else ()
        return any(dkim_name(token, domain) in given for token in tokens)


def _list_identities(client: Any) -> list[str]:
    return list(list_region(client).identities)
