"""Find stacks and identities of ours that no environment file has any more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Target, refuse_other_account
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.ses_facts import SUCCESS, IdentityFacts
from mailproof.live.aws.stack_contents import StackContents, fetch_stack_contents
from mailproof.live.aws.stack_survey import LiveStack
from mailproof.model.names import dkim_name
from mailproof.model.wording import shorten
from mailproof.prune.account_search import AccountSearch
from mailproof.prune.deletable_stacks import find_deletable, survey_ours
from mailproof.prune.left_records import find_left_records, judge_left_records, signing_names
from mailproof.prune.orphaned_identity import (
    OrphanedIdentities,
    OrphanedIdentity,
    OrphanedRecord,
)
from mailproof.prune.provenance import (
    RetainedRecord,
    environments_of,
)
from mailproof.prune.records import RecordJudge, our_records
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.intrinsics import IntrinsicEvaluator


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An identity that no file asks for."""

    target: Target
    domain: str
    proof: str
    facts: IdentityFacts


class OrphanFinder:
    """
    Searches one account.

    Args:
        search: The account, and what is found there.
    """

    def __init__(self, search: AccountSearch) -> None:
        self._search = search
        self._clients, self._home, self._needed = search.clients, search.home, search.account.regions
        self._files, self._in_use, self._environments = search.files, search.in_use, search.environments
        self._strangers: dict[str, list[str]] = {}
        self._zones, self._closed = search.zones, search.closed
        self._stacks: dict[LiveStack, Target] = {}
        self._only, self._live = search.regions, search.live
        self.orphans = search.orphans

    def run(self) -> OrphanedIdentities:
        """Look; reads only."""
        if refused := refuse_other_account(self._clients.account(self._home.region), self._home.account):
            self.orphans.unanswered.append(could_not_ask(self._home.account, refused, self._home.region))
            return self.orphans
        self._search.ask_regions()
        self._stacks = survey_ours(self._search)
        find_deletable(self._search, self._stacks)
        left = {region: self._left_in(region, listed) for region, listed in self._search.identities.items()}
        self._live.prefetch((self._home.elsewhere(region), domain) for region in left for domain in left[region])
        candidates = [found for region in left for found in self._candidates(region, left[region])]
        self.orphans.notes += [self._about_stranger(*found) for found in self._strangers.items()]
        left_records = find_left_records(self._search)
        # What has not answered may use a name of what leaves.
        if (candidates or left_records) and not self.orphans.unanswered:
            self._judge(candidates, left_records)
        if self.orphans.unanswered:
            self.orphans.stacks.clear()
        self.orphans.closed += self._closed.values()
        return self.orphans

    def _left_in(self, region: str, listed: Iterable[str]) -> list[str]:
        """Return the identities of a region that no file asks for."""
        deleted = {
            name
            for one in self.orphans.stacks
            if (one.stack.account, one.stack.region) == (self._home.account, region)
            for name in one.deleted_identities
        }
        domains = [identity for identity in listed if "@" not in identity and identity not in deleted]
        return [domain for domain in domains if (self._home.account, region, domain) not in self._in_use.identities]

    def _candidates(self, region: str, left: Iterable[str]) -> list[_Candidate]:
        target, retained = self._home.elsewhere(region), self._search.retained[region].identities
        found = [self._prove(target, domain, retained.get(domain, "")) for domain in left]
        return [candidate for candidate in found if candidate is not None]

    def _prove(self, target: Target, domain: str, retained_by: str) -> _Candidate | None:
        """Return an identity if CloudFormation's tag says that one of our stacks created it."""
        identity = self._search.read(target, domain)
        if not isinstance(identity, IdentityFacts):
            return None
        made_by = identity.stack_name
        if not environments_of(made_by, target.region):
            if retained_by:
                self.orphans.notes.append(_about_untagged(target, domain, retained_by))
            return None
        makers = (maker for stack in (made_by, retained_by) for maker in environments_of(stack, target.region))
        if stranger := next((maker for maker in makers if maker not in self._environments), None):
            self._strangers.setdefault(stranger, []).append(f"{domain!r} in {target.region}")
            return None
        proof = f"retained by stack {retained_by}" if retained_by else f"made by stack {made_by}"
        return _Candidate(target, domain, proof, identity)

    def _about_stranger(self, environment: str, found: list[str]) -> str:
        whose = f"identities of environment {environment!r}, which no file here has in {self._home.account}, stay"
        todo = f"if its file was deleted, also give --environment-gone {environment}"
        return f"{whose}: {shorten(found)}; {todo}"

    def _judge(self, candidates: list[_Candidate], left: list[RetainedRecord]) -> None:
        home, live = self._home, self._live
        evaluator = IntrinsicEvaluator(
            map(_with_outputs, self._stacks),
            home.account,
            lambda region, domain: live.dkim(home.elsewhere(region), domain),
        )
        going = {stack.place for stack in self.orphans.stacks}
        contents = fetch_stack_contents(self._clients, self._home, self._needed, evaluator, self._only, ignored=going)
        if contents.unanswered:
            stacks = f"the stacks of {self._home.account}, which may hold what is left,"
            self.orphans.unanswered += [
                could_not_ask(f"{stacks} in {region}", answer, region) for region, answer in contents.unanswered.items()
            ]
            return
        leaving = list(self._leaving(candidates, contents))
        gone = {(found.target.region, found.domain) for found in leaving}
        names = {found.facts.mail_from_domain for found in leaving} - {""}
        used = self._search.mail_from_names(names, gone)
        if used is not None:
            places = {self._home.account: (self._home, contents)}
            for zone in self._zones:
                there = fetch_stack_contents(
                    self._clients, zone.target, zone.regions, evaluator, self._only, ignored=going
                )
                self._search.note_closed(zone, there.unanswered)
                places[zone.target.account] = (zone.target, there)
            judge = RecordJudge(self._live, places, self._in_use, used, signing_names(self._search, left))
            for found in leaving:
                if not self._is_closed(found):
                    self._add(found, judge)
            self.orphans.found[:] = _with_each_record_once(self.orphans.found)
            judge_left_records(self._search, left, judge)

    def _leaving(self, candidates: Iterable[_Candidate], contents: StackContents) -> Iterator[_Candidate]:
        """Yield what nothing keeps; why another stays is noted."""
        for found in candidates:
            what = f"identity {found.domain!r} in {found.target.region}"
            if replicas := self._search.replicas_of(found.target.region, found.domain):
                why = f"it has replicas in {', '.join(replicas)}, which sign with its key; they go first"
                self.orphans.notes.append(f"{what} stays: {why}")
            elif manager := contents.identities.get((found.target.region, found.domain)):
                self.orphans.notes.append(f"{what} is in no file, yet held by {manager}")
            elif self._is_given(found):
                self.orphans.notes.append(f"{what} stays: a file names the DKIM records of it")
            else:
                yield found

    def _is_given(self, found: _Candidate) -> bool:
        """Tell whether a file has the DKIM records of an identity by their names, as of one that others hold."""
        names = (dkim_name(token, found.domain) for token in found.facts.tokens)
        return any((name, "CNAME") in self._in_use.records for name in names)

    def _is_closed(self, found: _Candidate) -> bool:
        """Say of an identity that nobody can tell which of its records stay, if the account of its zone is closed."""
        accounts = self._closed.keys() & set(self._in_use.zones_of(found.domain).values())
        for account in accounts:
            words = f"identity {found.domain!r} in {found.target.region} of {found.target.account}"
            self.orphans.notes.append(f"{words} stays: its records are in {account}, which could not be asked")
        return bool(accounts)

    def _add(self, found: _Candidate, judge: RecordJudge) -> None:
        keys = next((file.left_keys[found.domain] for file in self._files if found.domain in file.left_keys), ())
        answers = list(judge.judge(found.domain, our_records(found.domain, found.target.region, found.facts, keys)))
        if found.facts.uses_byodkim and not keys:
            answers.append(f"the record of the own key of {found.domain!r} stays: no key file names its selector")
        if unanswered := [answer for answer in answers if isinstance(answer, Unanswered)]:
            self.orphans.unanswered.append(f"{found.domain!r} in {found.target.region}: {unanswered[0]}")
            return
        self.orphans.found.append(
            OrphanedIdentity(
                target=found.target,
                domain=found.domain,
                proof=found.proof,
                is_verified=found.facts.verification_status == SUCCESS,
                records=tuple(answer for answer in answers if isinstance(answer, OrphanedRecord)),
                kept=tuple(answer for answer in answers if isinstance(answer, str)),
            )
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


def _about_untagged(target: Target, domain: str, stack: str) -> str:
    what = f"identity {domain!r} in {target.region} of {target.account} stays: stack {stack} retained one of its name"
    why = "CloudFormation's tag does not say that the stack made this one; it was adopted, or made again by hand"
    return f"{what}, but {why}"


def _with_outputs(stack: LiveStack) -> SynthesisedStack:
    """Return a stack as what reads its outputs takes it."""
    return SynthesisedStack(stack.name, stack.name, stack.account, stack.region, template=dict(stack.template))
