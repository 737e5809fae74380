"""What stacks have retained beside identities: records, those of parked domains among them, and hosts of policies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from mailproof.live.answer import Unanswered
from mailproof.live.aws.api_gateway import fetch_domain_target
from mailproof.live.aws.clients import THREADS
from mailproof.live.aws.remedies import could_not_ask, is_news
from mailproof.model.dns_record import RecordType
from mailproof.model.record_kind import DKIM, MAIL_FROM_MX, MAIL_FROM_SPF, PARKING
from mailproof.prune.account_search import AccountSearch
from mailproof.prune.orphaned_identity import OrphanedIdentity, OrphanedRecord, ZoneAccount
from mailproof.prune.provenance import EVERY_KEY, Retained, RetainedHost, RetainedRecord, fetch_retained
from mailproof.prune.records import RecordJudge, member_of, parking_records


def find_left_records(search: AccountSearch) -> list[RetainedRecord]:
    """Return the records that stacks have retained; the hosts of policies among what they have are named."""
    retained = [*search.retained.values()]
    for zone in search.zones:
        retained += _retained_in(search, zone)
    for host in [host for one in retained for host in one.hosts]:
        _name_host(search, host)
    records = [record for one in retained for record in one.records]
    groups = {name: stack for one in retained for name, stack in one.groups.items()}
    return [*records, *_find_members(search, groups)] if groups else records


def _retained_in(search: AccountSearch, zone: ZoneAccount) -> list[Retained]:
    """Return what was retained in an account of zones; that it is closed is said once."""
    places = map(zone.target.elsewhere, search.regions)
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda place: fetch_retained(search.clients, place, search.environments), places)
        answers = dict(zip(search.regions, found, strict=True))
    unanswered = {region: answer for region, answer in answers.items() if isinstance(answer, Unanswered)}
    search.note_closed(zone, {r: why for r, why in unanswered.items() if is_news(why, r, zone.regions)})
    return [answer for answer in answers.values() if isinstance(answer, Retained)]


def _name_host(search: AccountSearch, host: RetainedHost) -> None:
    """Name what goes on answering a policy that no file has served any more."""
    if (host.name, RecordType.CNAME) in search.in_use.records:
        return
    found = search.clients.ask("apigateway", host.target, lambda client: fetch_domain_target(client, host.name))
    if isinstance(found, Unanswered):
        what = f"API Gateway for {host.name!r} in {host.target.region} of {host.target.account}"
        search.orphans.closed.append(could_not_ask(what, found, host.target.region))
    elif isinstance(found, str):
        search.orphans.left.append(host.words)


def _find_members(search: AccountSearch, groups: Mapping[str, str]) -> Iterator[RetainedRecord]:
    """Yield what is in the zones and may be of groups that stacks have retained."""
    home = search.home
    accounts = {home.account: home, **{zone.target.account: zone.target for zone in search.zones}}
    for zone, account in [pair for zones in search.in_use.zones.values() for pair in zones.items()]:
        if zone.is_external or account not in accounts:
            continue
        held = search.live.zone(accounts[account], zone.id or "")
        if not isinstance(held, Unanswered):
            names = dict.fromkeys(name for name, _ in held)
            yield from filter(None, (member_of(groups, name, zone.name) for name in names))
        elif account == home.account:  # of other accounts that is said where something is to be deleted
            search.orphans.unanswered.append(could_not_ask(f"Route 53 for zone {zone.id or ''}", held, home.region))


def names_in_doubt(left: Iterable[RetainedRecord]) -> set[str]:
    """Return the names of records that an identity may need; of those of other kinds none does."""
    return {one.name for one in left if one.kind in {DKIM, MAIL_FROM_MX, MAIL_FROM_SPF, None}}


def judge_left_records(search: AccountSearch, left: Sequence[RetainedRecord], judge: RecordJudge) -> None:
    """Find what can go of domains that were parked, and name what is there of the rest."""
    for domain, stack in _parked_domains(search, left).items():
        _judge_parked(search, domain, stack, judge)
    answers = dict.fromkeys(answer for record in left for answer in judge.name_left(record))
    search.orphans.left += [answer for answer in answers if isinstance(answer, str)]
    search.orphans.closed += [str(answer) for answer in answers if isinstance(answer, Unanswered)]


def _parked_domains(search: AccountSearch, left: Sequence[RetainedRecord]) -> dict[str, str]:
    """Return the domains that were parked, and are in no file any more, with the stack that kept their records."""
    found = {
        record.name.removeprefix(EVERY_KEY): record.stack
        for record in left
        if record.kind in PARKING or record.name == EVERY_KEY + record.group
    }
    return {d: stack for d, stack in found.items() if (EVERY_KEY + d, "TXT") not in search.in_use.records}


def _judge_parked(search: AccountSearch, domain: str, stack: str, judge: RecordJudge) -> None:
    answers = list(judge.judge(domain, parking_records(domain)))
    if unanswered := [answer for answer in answers if isinstance(answer, Unanswered)]:
        search.orphans.unanswered.append(f"parked domain {domain!r}: {unanswered[0]}")
    elif records := tuple(answer for answer in answers if isinstance(answer, OrphanedRecord)):
        kept = tuple(answer for answer in answers if isinstance(answer, str))
        proof = f"retained by stack {stack}"
        orphan = OrphanedIdentity(
            search.home, domain, proof, is_verified=False, records=records, kept=kept, is_parked=True
        )
        search.orphans.found.append(orphan)
