"""Which identities no file asks for: the proof that a stack of ours made them, and which of them can go."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Target
from mailproof.live.aws.ses_facts import SUCCESS, IdentityFacts
from mailproof.live.aws.stack_contents import StackContents
from mailproof.model.own_key import OwnKey
from mailproof.model.wording import shorten
from mailproof.prune.account_search import AccountSearch, IdentityPlace
from mailproof.prune.orphaned_identity import OrphanedIdentity, OrphanedRecord
from mailproof.prune.provenance import environments_of
from mailproof.prune.records import Ours, RecordJudge, our_records


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    Identity of ours that no file asks for.

    Attributes:
        target: Its account and region.
        domain: Its name.
        proof: Which stack created or retained it.
        facts: What SES says of it.
    """

    target: Target
    domain: str
    proof: str
    facts: IdentityFacts

    @property
    def place(self) -> IdentityPlace:
        """Its region and name."""
        return self.target.region, self.domain


def find_candidates(search: AccountSearch) -> list[Candidate]:
    """Return the identities of ours that no file asks for and no stack takes with it; those of others are noted."""
    home, orphans = search.home, search.orphans
    stacks = [one for one in orphans.stacks if one.stack.account == home.account]
    deleted = {(one.stack.region, name) for one in stacks for name in one.deleted_identities}
    left = [
        (home.elsewhere(region), name)
        for region, listed in search.identities.items()
        for name in listed
        if "@" not in name
        and (region, name) not in deleted
        and (home.account, region, name) not in search.in_use.identities
    ]
    search.live.prefetch(left)
    strangers: dict[str, list[str]] = {}
    found = [_prove(search, *one, strangers) for one in left]
    orphans.notes += [_about_strangers(home.account, *others) for others in strangers.items()]
    return [candidate for candidate in found if candidate is not None]


def _prove(search: AccountSearch, target: Target, domain: str, strangers: dict[str, list[str]]) -> Candidate | None:
    """
    Return an identity if CloudFormation's tag says that one of our stacks created it.

    Args:
        search: Reads it.
        target: Its account and region.
        domain: Its name.
        strangers: Is told of it if it is of an environment that is not ours.
    """
    facts = search.read(target, domain)
    if not isinstance(facts, IdentityFacts):
        return None
    made_by = facts.stack_name
    retained_by = search.retained[target.region].identities.get(domain, "")
    if not environments_of(made_by, target.region):
        if retained_by:
            search.orphans.notes.append(_about_untagged(target, domain, retained_by))
        return None
    makers = (maker for stack in (made_by, retained_by) for maker in environments_of(stack, target.region))
    if stranger := next((maker for maker in makers if maker not in search.environments), None):
        strangers.setdefault(stranger, []).append(f"{domain!r} in {target.region}")
        return None
    proof = f"retained by stack {retained_by}" if retained_by else f"made by stack {made_by}"
    return Candidate(target, domain, proof, facts)


def _about_strangers(account: str, environment: str, found: Sequence[str]) -> str:
    whose = f"identities of environment {environment!r}, which no file here has in {account}, stay"
    todo = f"if its file was deleted, also give --environment-gone {environment}"
    return f"{whose}: {shorten(found)}; {todo}"


def _about_untagged(target: Target, domain: str, stack: str) -> str:
    what = f"identity {domain!r} in {target.region} of {target.account} stays: stack {stack} retained one of its name"
    why = "CloudFormation's tag does not say that the stack made this one; it was adopted, or made again by hand"
    return f"{what}, but {why}"


def find_leaving(
    search: AccountSearch, candidates: Iterable[Candidate], contents: StackContents
) -> Iterator[Candidate]:
    """Yield what neither a replica, nor what may be one, nor a stack nor a file keeps; why another stays is noted."""
    for found in candidates:
        what = f"identity {found.domain!r} in {found.target.region}"
        replicas = search.replicas_of(*found.place)
        if replicas is None:
            continue
        if replicas:
            why = f"it has replicas in {', '.join(replicas)}, which sign with its key; they go first"
            search.orphans.notes.append(f"{what} stays: {why}")
        elif manager := contents.identities.get(found.place):
            search.orphans.notes.append(f"{what} is in no file, yet held by {manager}")
        elif search.is_given(*found.place):
            search.orphans.notes.append(f"{what} stays: a file names the DKIM records of it")
        else:
            yield found


def find_judged(search: AccountSearch, leaving: Iterable[Candidate], judge: RecordJudge) -> Iterator[Candidate]:
    """Yield the identities each of whose records can be judged; why another stays is noted."""
    for found in leaving:
        what = f"identity {found.domain!r} in {found.target.region} of {found.target.account}"
        if closed := search.closed.keys() & set(search.in_use.zones_of(found.domain).values()):
            search.orphans.notes += [
                f"{what} stays: its records are in {account}, which could not be asked" for account in closed
            ]
            continue
        answers = judge.judge(found.domain, records_of(search, found))
        if unanswered := [answer for answer in answers if isinstance(answer, Unanswered)]:
            search.orphans.unanswered.append(f"{found.domain!r} in {found.target.region}: {unanswered[0]}")
        else:
            yield found


def records_of(search: AccountSearch, found: Candidate) -> Ours:
    """Return the records that we created for an identity."""
    return our_records(found.domain, found.target.region, found.facts, _keys_of(search, found))


def _keys_of(search: AccountSearch, found: Candidate) -> tuple[OwnKey, ...]:
    return next((file.left_keys[found.domain] for file in search.files if found.domain in file.left_keys), ())


def find_removable(search: AccountSearch, judged: Iterable[Candidate], judge: RecordJudge) -> None:
    """Find which records of identities can go with them."""
    search.orphans.found += _with_each_record_once([_with_records(search, found, judge) for found in judged])


def _with_records(search: AccountSearch, found: Candidate, judge: RecordJudge) -> OrphanedIdentity:
    answers = list(judge.judge(found.domain, records_of(search, found)))
    if found.facts.uses_byodkim and not _keys_of(search, found):
        answers.append(f"the record of the own key of {found.domain!r} stays: no key file names its selector")
    return OrphanedIdentity(
        target=found.target,
        domain=found.domain,
        proof=found.proof,
        is_verified=found.facts.verification_status == SUCCESS,
        records=tuple(answer for answer in answers if isinstance(answer, OrphanedRecord)),
        kept=tuple(answer for answer in answers if isinstance(answer, str)),
    )


def _with_each_record_once(orphans: Sequence[OrphanedIdentity]) -> list[OrphanedIdentity]:
    """Leave a record of several identities, as of a MAIL FROM name in all regions, to the last that goes."""
    seen: set[tuple[str, str, str]] = set()
    found = []
    for orphan in reversed(orphans):
        keys = [(one.zone_id, one.record.name, one.record.type) for one in orphan.records]
        records = tuple(one for one, key in zip(orphan.records, keys, strict=True) if key not in seen)
        found.append(replace(orphan, records=records))
        seen.update(keys)
    return found[::-1]
