"""
DNS tree walk that finds the DMARC record in force and the organisational domain.

Source: RFC 9989 section 4.10; RFC 9990, Verifying External Destinations
"""

import asyncio
from dataclasses import replace

from mailproof.live.answer import Absent, Answer, Unanswered, is_timeout, texts_of
from mailproof.live.dmarc_text import BELOW_TAGS, DmarcRecord, is_dmarc, means_to_be_dmarc, parse_dmarc
from mailproof.live.elsewhere import DomainLook
from mailproof.live.record_facts import DmarcFacts, DmarcStep, ReportFacts
from mailproof.live.record_reader import find_cut
from mailproof.live.resolver import Lookup
from mailproof.model.names import dmarc_name, is_within, public_suffixes

LABELS_THAT_ARE_CUT = 8
LABELS_LEFT = 7
HOSTS_AT_ONCE = 16  # that take reports


def walk_targets(domain: str) -> list[str]:
    """List the names that a walk asks for: at most eight, the second cut to seven labels (section 4.10, step 4)."""
    labels = domain.split(".")
    cut = len(labels) - LABELS_LEFT if len(labels) >= LABELS_THAT_ARE_CUT else 1
    return [domain, *(".".join(labels[start:]) for start in range(cut, len(labels)))]


def dmarc_records(step: DmarcStep) -> list[DmarcRecord]:
    """Return the DMARC records at a step; two or more count as none (section 4.10, steps 2 and 6)."""
    return [parse_dmarc(txt.text) for txt in texts_of(step.answer) if is_dmarc(txt.text)]


def single_record(step: DmarcStep) -> DmarcRecord | None:
    """Return the record of a step that a walk keeps."""
    records = dmarc_records(step)
    return records[0] if len(records) == 1 else None


async def walk(lookup: Lookup, domain: str) -> tuple[DmarcStep, ...]:
    """Walk from a domain to the root; `psd=n`, `psd=y` and a question that nobody answers end it."""
    steps = []
    for target in walk_targets(domain):
        step = DmarcStep(target, await lookup.txt(dmarc_name(target)))
        steps.append(step)
        record = single_record(step)
        if isinstance(step.answer, Unanswered) or (record is not None and record.psd != "u"):
            break
    return tuple(steps)


async def discover(lookup: Lookup, domain: str, *, own_only: bool) -> tuple[DmarcStep, ...]:
    """
    Ask for the policy of a domain.

    Args:
        lookup: Answers.
        domain: The domain of the From address.
        own_only: Whether the domain's own record alone will do.

    Returns:
        The domain's own step if it settles the matter, else the whole walk (section 4.10.1).
    """
    own = DmarcStep(domain, await lookup.txt(dmarc_name(domain)))
    if own_only or single_record(own) is not None or isinstance(own.answer, Unanswered):
        return (own,)
    return await walk(lookup, domain)


def open_step(steps: tuple[DmarcStep, ...]) -> DmarcStep | None:
    """
    Return the step without an answer on which the outcome of a walk hangs.

    Directly above a record that was found, a registry's name changes nothing: what may stand there has `psd=y`, so that
    the organisational domain is the name below it, and the record there stays in force.

    Source: RFC 9989 sections 4.7, 4.10.1, 4.10.2
    """
    last = steps[-1]
    if not isinstance(last.answer, Unanswered):
        return None
    is_settled = any(map(single_record, steps[-2:-1])) and public_suffixes(last.where).is_public(last.where)
    return None if is_settled else last


def policy_step(steps: tuple[DmarcStep, ...]) -> DmarcStep | None:
    """
    Return the step whose record is in force.

    The domain's own comes first, then the one of its organisational domain, then the one of the public suffix above.
    None as well where the walk hangs on a question without an answer: which record counts is not known then.

    Source: RFC 9989 section 4.10.1
    """
    if open_step(steps):
        return None
    found = {step.where: step for step in steps if single_record(step) is not None}
    suffixes = [where for where, step in found.items() if (record := single_record(step)) and record.psd == "y"]
    for where in (steps[0].where, organisational_domain(steps), *suffixes):
        if where in found:
            return found[where]
    return None


def organisational_domain(steps: tuple[DmarcStep, ...]) -> str:
    """
    Read the organisational domain off a whole walk.

    Source: RFC 9989 section 4.10.2
    """
    start = steps[0].where
    kept = [(step.where, record.psd) for step in steps if (record := single_record(step)) is not None]
    for where, psd in kept:
        if psd == "n":
            return where
        if psd == "y" and where != start:
            below = start.removesuffix(f".{where}").rpartition(".")[2]
            return f"{below}.{where}"
    return kept[-1][0] if kept else start


async def read_dmarc(look: DomainLook) -> DmarcFacts:
    """Ask for everything that the DMARC rules need to know of a domain."""
    lookup, domain = look.lookup, look.domain
    steps = await discover(lookup, domain.name, own_only=bool(domain.dmarc or domain.dmarc_alias))
    in_force = policy_step(steps)
    name = dmarc_name(domain.name)
    is_settled = in_force is not None or open_step(steps) is not None
    return DmarcFacts(
        domain=domain.name,
        region=None,
        zone=domain.zone.name,
        deployed_by=look.deployed_by(domain.zone) if domain.dmarc or domain.dmarc_alias else None,
        name=name,
        wanted=domain.dmarc,
        alias=domain.dmarc_alias,
        has_mail_from=domain.mail_from is not None,
        sends=domain.parking is None,
        has_logo=domain.bimi is not None,
        steps=steps,
        elsewhere=() if is_settled else await look.elsewhere(name, lookup.txt, [domain.name]),
        cut=None if is_settled else await find_cut(lookup, name, domain.zone.name),
        dangling_aliases={} if is_settled else await _dangling_aliases(lookup, steps),
        reports=tuple(_with_owner(look, report) for report in await read_reports(lookup, in_force)),
        above=await _read_above(lookup, steps[0]),
    )


async def _read_above(lookup: Lookup, own: DmarcStep) -> tuple[DmarcStep, ...]:
    """Walk on behind a record that names a policy for names below: it has none to name below another's."""
    record = single_record(own)
    has_say = record is not None and any(tag in record.tags for tag in BELOW_TAGS)
    if not has_say or public_suffixes(own.where).privatesuffix(own.where) in {None, own.where}:
        return ()
    return (await walk(lookup, own.where))[1:]


def _with_owner(look: DomainLook, report: ReportFacts) -> ReportFacts:
    """Say whose stacks are to hold the record by which a host agrees: ours, if its zone is."""
    zone = dict(look.domain.report_zones).get(report.host)
    has_record = bool(look.domain.dmarc or look.domain.dmarc_alias)
    is_ours = zone is not None and has_record and report.where == look.domain.name
    return replace(report, deployed_by=look.deployed_by(zone)) if zone and is_ours else report


async def _dangling_aliases(lookup: Lookup, steps: tuple[DmarcStep, ...]) -> dict[str, str]:
    found = await asyncio.gather(*(_dangling_alias(lookup, step) for step in steps))
    return {step.where: alias for step, alias in zip(steps, found, strict=True) if alias}


async def _dangling_alias(lookup: Lookup, step: DmarcStep) -> str | None:
    """Return where a name points that has no record behind it; None if a wildcard made the alias (RFC 4592)."""
    answer = step.answer
    if isinstance(answer, Unanswered) or answer.alias is None:
        return None
    if any(is_dmarc(txt.text) or means_to_be_dmarc(txt.text) for txt in texts_of(answer)):
        return None
    wildcard = await lookup.names(f"*.{step.where}", "CNAME")
    if isinstance(wildcard, Absent) or (isinstance(wildcard, Answer) and answer.alias not in wildcard.records):
        return answer.alias
    return None


async def read_reports(lookup: Lookup, step: DmarcStep | None) -> tuple[ReportFacts, ...]:
    """
    Ask the hosts outside the domain that take the reports of a record whether they agree.

    Whoever writes the record chooses how many they are: they are asked some at a time, and none any more once one was
    silent.

    Args:
        lookup: Answers.
        step: Where the record in force was found; None if there is none.
    """
    record = single_record(step) if step else None
    if step is None or record is None:
        return ()
    addresses = [*record.addresses("rua"), *record.addresses("ruf")]
    hosts = [host for host in dict.fromkeys(a.rpartition("@")[2] for a in addresses) if host != step.where]
    found: list[ReportFacts] = []
    for start in range(0, len(hosts), HOSTS_AT_ONCE):
        batch = hosts[start : start + HOSTS_AT_ONCE]
        found += await asyncio.gather(*(_read_report(lookup, step.where, host) for host in batch))
        if any(map(_was_silent, found)):
            break
    return tuple(found)


def _was_silent(facts: ReportFacts) -> bool:
    step = facts.same_organisation
    return is_timeout(facts.answer) or (isinstance(step, DmarcStep) and is_timeout(step.answer))


async def _read_report(lookup: Lookup, where: str, host: str) -> ReportFacts:
    same = await _same_organisation(lookup, where, host)
    facts = ReportFacts(where, host, same, None)
    return facts if same is True else ReportFacts(where, host, same, await lookup.txt(facts.name))


async def _same_organisation(lookup: Lookup, domain: str, host: str) -> bool | DmarcStep:
    """
    Tell whether two names have one organisational domain; the step without an answer if that hangs on it.

    A name's organisational domain is the name itself or above it (RFC 9989 section 4.10.2). So names without a common
    end, or of which one is not below the known organisational domain of the other, are never of one organisation.
    """
    if domain.rpartition(".")[2] != host.rpartition(".")[2]:
        return False
    walks = await asyncio.gather(walk(lookup, domain), walk(lookup, host))
    if organisational_domain(walks[0]) == organisational_domain(walks[1]):
        return True  # even if a step is open: both walks found this record, so that both lead on to the same names
    for steps, other in zip(walks, (host, domain), strict=True):
        if open_step(steps) is None and not is_within(other, organisational_domain(steps)):
            return False
    return next(filter(None, map(open_step, walks)), False)
