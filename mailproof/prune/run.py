"""List orphaned identities, and remove them on request."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, run_each
from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.exit_codes import WRONG
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.session import AwsSession, profile_of
from mailproof.model.environment import Environment
from mailproof.model.in_use import collect_in_use
from mailproof.prune.find import OrphanFinder
from mailproof.prune.orphaned_identity import Account, OrphanedIdentities, OrphanedIdentity
from mailproof.prune.remove import remove_orphan


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


def accounts_of(environments: Sequence[Environment], profiles: dict[str, str]) -> list[Account]:
    """Return the accounts of environments, each once, with the credentials of the first that has it."""
    accounts: dict[str, Account] = {}
    for environment in environments:
        regions = frozenset((*environment.all_regions(), environment.dns_region))
        if known := accounts.get(environment.account):
            accounts[environment.account] = Account(known.target, known.regions | regions, known.clients)
            continue
        clients = Clients(AwsSession(profile_of(profiles, environment.name)))
        accounts[environment.account] = Account(Target(environment.account, environment.regions[0]), regions, clients)
    return list(accounts.values())


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
    in_use = collect_in_use(environments)
    ours = {found.deployed_name for found in environments if found.account == account.target.account}.union(gone)
    return OrphanFinder(account, in_use, ours, only).run()


def orphan_lines(orphans: Sequence[OrphanedIdentity]) -> Iterator[str]:
    """Yield what would be removed and what would stay."""
    for found in orphans:
        state = "verified: mail is signed" if found.is_verified else "not verified"
        yield f"{found.words}, {found.proof}; {state}"
        yield from (f"  {left.record.words} in zone {left.zone_id}" for left in found.records)
        yield from (f"  {reason}" for reason in found.kept)


def remove_all(found: Sequence[tuple[Account, OrphanedIdentities]], options: PruneOptions) -> None:
    """
    Remove everything found, after asking once; stop at the first that fails.

    Raises:
        CommandError: Too many, not agreed to, or a removal failed.
    """
    todo = [(identity, account.clients) for account, orphans in found for identity in orphans.found]
    if not todo:
        return
    if len(todo) > options.max_removals:
        what = f"{len(todo)} identities would be removed, the limit is {options.max_removals}"
        raise CommandError(f"{what}; if that is meant, --max-removals {len(todo)}; nothing was removed", WRONG)
    question = f"Remove these {len(todo)} identities and their records for good?"
    options.consent.obtain(question, otherwise="nothing was removed")
    run_each(todo, lambda pair: remove_orphan(*pair), lambda pair: pair[0].words, options.resume)
