"""Lists what is left of domains that left the files, and removes it on request."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.exit_codes import WRONG
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.session import AwsSession, profile_of
from mailproof.model.environment import Environment
from mailproof.prune.find import LeftoverFinder
from mailproof.prune.in_use import collect_asked_for
from mailproof.prune.leftover import Account, OrphanedIdentities, OrphanedIdentity
from mailproof.prune.remove import remove_leftovers

DEFAULT_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Removal:
    """
    What a person allows.

    Attributes:
        limit: Identities that may go at once.
        consent: Whether a person has agreed, and how to ask.
    """

    limit: int = DEFAULT_LIMIT
    consent: Consent = field(default_factory=Consent)


def accounts_of(environments: Sequence[Environment], profiles: dict[str, str]) -> list[Account]:
    """Return the accounts of environments, each once, with the credentials of the first that has it."""
    accounts: dict[str, Account] = {}
    for environment in environments:
        regions = frozenset((*environment.all_regions(), environment.dns_region))
        if known := accounts.get(environment.account):
            accounts[environment.account] = Account(known.place, known.regions | regions, known.clients)
            continue
        clients = Clients(AwsSession(profile_of(profiles, environment.name)))
        accounts[environment.account] = Account(Target(environment.account, environment.regions[0]), regions, clients)
    return list(accounts.values())


def find_leftovers(
    account: Account,
    environments: Sequence[Environment],
    only: Sequence[str] | None = None,
    gone: Collection[str] = (),
) -> OrphanedIdentities:
    """
    Look through an account; reads only.

    Args:
        account: The account.
        environments: All environments of the folder: what one of them asks for is no leftover.
        only: The only regions to ask; None asks all.
        gone: Names of environments whose files are deleted, which are ours all the same.
    """
    asked_for = collect_asked_for(environments)
    ours = {found.name for found in environments if found.account == account.place.account}.union(gone)
    return LeftoverFinder(account, asked_for, ours, only).run()


def leftover_lines(leftovers: Sequence[OrphanedIdentity]) -> Iterator[str]:
    """Yield what would go and what would stay."""
    for found in leftovers:
        state = "verified: mail is signed" if found.is_verified else "not verified"
        yield f"{found.words}, {found.proof}; {state}"
        yield from (f"  {left.record.words} in zone {left.zone_id}" for left in found.records)
        yield from (f"  {reason}" for reason in found.kept)


def remove_all(found: Sequence[tuple[Account, OrphanedIdentities]], removal: Removal) -> None:
    """
    Remove everything found, after asking once.

    Raises:
        CommandError: Too many, not agreed to, or a removal failed.
    """
    count = sum(len(leftovers.found) for _, leftovers in found)
    if not count:
        return
    if count > removal.limit:
        what = f"{count} identities would go, the limit is {removal.limit}; if that is meant, --max-removals {count}"
        raise CommandError(f"{what}; nothing was removed", WRONG)
    if not removal.consent.yes:
        question = f"Remove these {count} identities and their records for good? [y/N] "
        removal.consent.confirm(question, "--yes", "nothing was removed")
    for account, leftovers in found:
        remove_leftovers(leftovers.found, account.clients)
