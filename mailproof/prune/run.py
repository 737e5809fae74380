"""List what is left behind, stacks, identities and records of parked domains, and remove it on request."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, run_each, stop_if
from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.change.say import say
from mailproof.change.stack_update import StackUpdater
from mailproof.check.orphaned_stacks import account_options, regions_used, zone_account_target
from mailproof.exit_codes import WRONG
from mailproof.live.aws.clients import Clients, Target
from mailproof.model.environment import Environment
from mailproof.prune.account_search import AccountSearch
from mailproof.prune.find import find_orphans
from mailproof.prune.left_stack import LeftStack
from mailproof.prune.orphaned_identity import Account, OrphanedIdentities, OrphanedIdentity, ZoneAccount
from mailproof.prune.remove import remove_orphan
from mailproof.template.bootstrap import Bootstraps


@dataclass(frozen=True, slots=True)
class PruneOptions:
    """
    Options of a removal.

    Attributes:
        max_removals: Identities that may be removed at once.
        consent: Whether a person has agreed, and how to ask.
        resume: The command that goes on after a failure.
    """

    max_removals: int = DEFAULT_MAX_REMOVALS
    consent: Consent = field(default_factory=Consent)
    resume: str = ""


@dataclass(frozen=True, slots=True)
class ZoneAccounts:
    """
    Accounts of zones to look into, beside those that files name.

    Attributes:
        bootstraps: Say which roles open them.
        former: Accounts that owned zones.
        gone: Names of environments without a file that may have stacks there.
    """

    bootstraps: Bootstraps
    former: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()

    def of(self, environments: Sequence[Environment]) -> Iterator[ZoneAccount]:
        """Yield those of environments of one account."""
        owners: dict[str, list[Environment]] = {account: list(environments) for account in self.former}
        for environment in environments:
            for account in {zone.account for zone in environment.zones.values() if zone.account} - {*self.former}:
                owners.setdefault(account, []).append(environment)
        for account, own in sorted(owners.items()):
            if account != own[0].account:
                yield self.make(account, own)

    def make(self, account: str, own: Sequence[Environment]) -> ZoneAccount:
        """Return an account in which environments may have stacks."""
        return ZoneAccount(
            zone_account_target(account, own, self.bootstraps),
            frozenset(regions_used(own)),
            frozenset(found.deployed_name for found in own) | self.gone,
            self.bootstraps.qualifier,
            account_options(account, own),
        )


def accounts_of(
    environments: Sequence[Environment], clients_of: Callable[[Environment], Clients], zones: ZoneAccounts
) -> list[Account]:
    """
    Return the accounts of environments, each once, with the accounts of their zones.

    Args:
        environments: The environments.
        clients_of: Makes the clients of an environment; the first of an account counts.
        zones: The accounts of zones.
    """
    found: dict[str, list[Environment]] = {}
    for environment in environments:
        found.setdefault(environment.account, []).append(environment)
    return [
        Account(
            Target(account, own[0].regions[0]),
            frozenset().union(*map(_regions_of, own)),
            clients_of(own[0]),
            tuple(zones.of(own)),
            partial(zones.make, own=own),
        )
        for account, own in found.items()
    ]


def _regions_of(environment: Environment) -> frozenset[str]:
    return frozenset((*environment.all_regions(), environment.dns_region))


def find_orphaned_identities(
    account: Account,
    environments: Sequence[Environment],
    only: Sequence[str] | None = None,
    gone: Collection[str] = (),
) -> OrphanedIdentities:
    """
    Search an account; reads only.

    Args:
        account: The account.
        environments: All environments of the folder: what one of them asks for is not orphaned.
        only: The only regions to ask; None asks all.
        gone: Names of environments whose files are deleted, and which are still ours.
    """
    ours = {found.deployed_name for found in environments if found.account == account.target.account}.union(gone)
    return find_orphans(AccountSearch(account, environments, ours, only))


def orphan_lines(orphans: Sequence[OrphanedIdentity]) -> Iterator[str]:
    """Yield what would be removed and what would stay."""
    for found in orphans:
        state = "verified: mail is signed" if found.is_verified else "not verified"
        state = "no file has it parked any more" if found.is_parked else state
        yield f"{found.words}, {found.proof}; {state}"
        yield from (f"  {left.record.words} in zone {left.zone_id}" for left in found.records)
        yield from (f"  {reason}" for reason in found.kept)


def all_lines(orphans: OrphanedIdentities) -> Iterator[str]:
    """Yield what would go, stacks first, and what would stay."""
    for stack in orphans.stacks:
        yield from stack.lines()
    yield from orphan_lines(orphans.found)
    yield from orphans.left


def remove_all(
    found: Sequence[tuple[Account, OrphanedIdentities]],
    options: PruneOptions,
    find: Callable[[Account], OrphanedIdentities] | None = None,
) -> None:
    """
    Remove everything found, after asking once; stop at the first that fails.

    Stacks go first. What they retained is looked for again once they are gone, and of that goes what was shown.

    Args:
        found: What was shown, account by account.
        options: Of the removal.
        find: Searches an account again.

    Raises:
        CommandError: Too many, declined, or a removal failed.
    """
    stacks = [(stack, account.clients) for account, orphans in found for stack in orphans.stacks]
    count = sum(len(orphans.found) for _, orphans in found)
    count += sum(len(stack.deleted_identities) for stack, _ in stacks)
    if not (stacks or count):
        return
    if count > options.max_removals:
        what = f"{count} identities would be removed, the limit is {options.max_removals}"
        what = f"{what}; if this is intended, --max-removals {count}; nothing was removed"
        raise CommandError([what, f"to allow this: {options.resume} --max-removals {count}"], WRONG)
    options.consent.obtain(_question(len(stacks), count), otherwise="nothing was removed")
    run_each(stacks, lambda pair: _delete(*pair), lambda pair: pair[0].words, options.resume)
    todo = [
        (identity, account.clients) for account, orphans in found for identity in _rest(account, orphans, options, find)
    ]
    left: list[str] = []
    run_each(todo, lambda pair: left.extend(remove_orphan(*pair)), lambda pair: pair[0].words, options.resume)
    stop_if(left, [])


def _question(stacks: int, identities: int) -> str:
    if not stacks:
        return f"Remove these {identities} identities and their records for good?"
    return f"Delete these {stacks} stacks, and remove these {identities} identities and their records for good?"


def _delete(left: LeftStack, clients: Clients) -> None:
    say(f"deleting {left.words} …")
    StackUpdater(clients).delete(left.handle, left.stack.template)
    say(f"deleted {left.words}")


def _rest(
    account: Account,
    shown: OrphanedIdentities,
    options: PruneOptions,
    find: Callable[[Account], OrphanedIdentities] | None,
) -> Sequence[OrphanedIdentity]:
    """Return what is left to remove of what was shown: a stack may have taken records with it."""
    if not (shown.stacks and find):
        return shown.found
    again = find(account)
    closing = "the stacks are deleted; what they retained was not removed"
    stop_if([], again.unanswered, closing, f"then: {options.resume}")
    names = {orphan.words for orphan in shown.found}
    return [orphan for orphan in again.found if orphan.words in names]
