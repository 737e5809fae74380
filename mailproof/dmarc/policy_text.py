"""Policies in force, for a person and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import ConfigDict

from mailproof.check.dmarc_policy import DmarcPolicyFound, unanswered_words
from mailproof.check.json_model import with_dialect
from mailproof.dmarc.policy import Agreement, NamePolicy, exit_code
from mailproof.live.dmarc_effective import Effective, Names, Receiver
from mailproof.model.dmarc import AGREEMENT_TEXT
from mailproof.model.dns_record import RecordType, zone_file_line
from mailproof.model.txt import quote_txt
from mailproof.report.json_report import StrictModel

VERSION: Literal[1] = 1
WIDTH = max(map(len, Names))


class JsonNames(StrictModel):
    """What receivers find for a name, or for names below it."""

    tree_walk: DmarcPolicyFound
    """Receivers of RFC 9989."""
    public_suffix_list: DmarcPolicyFound
    """Receivers of RFC 7489."""
    differs: bool
    """Whether they do not do the same."""


class JsonReportHost(StrictModel):
    """A host outside the domain that takes its reports."""

    host: str
    """Of the address."""
    record_name: str
    """Where it publishes a TXT record, `v=DMARC1`, to agree."""
    agreement: Agreement
    """Whether it has, or need not."""


class JsonNamePolicy(StrictModel):
    """The policy of one From name."""

    domain: str
    """The name."""
    environment: str
    """Whose file has it; empty if none has."""
    record_name: str
    """Name of the record in force; empty if there is none."""
    record: str
    """Its text."""
    alias: str
    """Where that name points, if it is a CNAME."""
    wanted: str
    """The record of the file; empty if it asks for none."""
    passed_over: list[str]
    """What stands at names that were asked, and is no record that receivers take, in words."""
    dropped: list[str]
    """What a deployment of the file's record would take out of the live one."""
    itself: JsonNames
    """For mail with the name itself in From."""
    existing_below: JsonNames
    """For names below that exist and have no record of their own."""
    missing_below: JsonNames
    """For names below that do not exist."""
    report_hosts: list[JsonReportHost]
    """Hosts outside the domain that take its reports."""


class JsonPolicies(StrictModel):
    """What `mailproof dmarc policy --format json` writes."""

    model_config = ConfigDict(title="mailproof DMARC policies")

    version: Literal[1]
    """Of this format: fields may be added to it, none is changed or removed."""
    exit_code: int
    """0 all names have a policy, 1 one has none, 3 something could not be asked."""
    names: list[JsonNamePolicy]
    """In the order in which they were asked for."""


def build_json(policies: Sequence[NamePolicy]) -> str:
    """Write policies as JSON."""
    found = JsonPolicies(version=VERSION, exit_code=exit_code(policies), names=list(map(_json_name, policies)))
    return found.model_dump_json(indent=2) + "\n"


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    return with_dialect(JsonPolicies.model_json_schema())


def _json_name(policy: NamePolicy) -> JsonNamePolicy:
    return JsonNamePolicy(
        domain=policy.domain,
        environment=policy.environment,
        record_name=policy.record_name,
        record=policy.record,
        alias=policy.alias,
        wanted=policy.wanted,
        passed_over=list(policy.passed_over),
        dropped=list(policy.dropped),
        itself=_json_names(policy, Names.ITSELF),
        existing_below=_json_names(policy, Names.EXISTING),
        missing_below=_json_names(policy, Names.MISSING),
        report_hosts=[
            JsonReportHost(host=host.host, record_name=host.name, agreement=host.agreement) for host in policy.hosts
        ],
    )


def _json_names(policy: NamePolicy, names: Names) -> JsonNames:
    found = policy.found[names]
    return JsonNames(
        tree_walk=DmarcPolicyFound.of(policy.domain, found[Receiver.TREE_WALK]),
        public_suffix_list=DmarcPolicyFound.of(policy.domain, found[Receiver.LIST]),
        differs=names in policy.differing,
    )


def build_table(policies: Sequence[NamePolicy]) -> str:
    """Write policies for a person."""
    return "\n\n".join("\n".join(_name(policy)) for policy in policies) + "\n"


def build_zone(policies: Sequence[NamePolicy]) -> str:
    """Write the records by which hosts outside agree to take reports, host by host."""
    by_host: dict[str, dict[str, Agreement]] = {}
    for policy in policies:
        for host in policy.hosts:
            if host.agreement is not Agreement.NOT_NEEDED:
                by_host.setdefault(host.host, {})[host.name] = host.agreement
    lines = []
    for name_of_host, records in sorted(by_host.items()):
        lines.append(f"; for {name_of_host}")
        lines += [f"{agreement_record(name)} ; {agreement}" for name, agreement in records.items()]
    return "".join(f"{line}\n" for line in lines)


def _name(policy: NamePolicy) -> Iterator[str]:
    yield policy.domain + (f" ({policy.environment})" if policy.environment else "")
    if policy.record:
        alias = f", alias of {policy.alias}" if policy.alias else ""
        yield f"  {policy.record_name}{alias}: {policy.record}"
    for names, found in policy.found.items():
        yield f"  {names:<{WIDTH}}  {_words(found[Receiver.TREE_WALK])}"
        if names in policy.differing:
            yield f"  {'':<{WIDTH}}  but {_words(found[Receiver.LIST])} for receivers of RFC 7489"
    yield from (f"  {words}" for words in policy.passed_over)
    if policy.dropped:
        yield f"  a deployment would take out: {'; '.join(policy.dropped)}"
    for host in policy.hosts:
        yield f"  reports to {host.host}: {_agreement(host.agreement, host.name)}"


def _words(found: Effective) -> str:
    if found.unanswered:
        return f"not known: {unanswered_words(found)}"
    if found.policy is None:
        return f"no policy: {found.name} has none that can be read" if found.name else "no policy: no record"
    share = f" for {found.percent} % of the mail" if found.percent < 100 else ""  # noqa: PLR2004 -- all of it
    tested = f" ({found.policy}, tested)" if found.is_tested and found.enforced is not found.policy else ""
    return f"{found.enforced}{tested}{share}, by {found.tag or 'no tag'} of {found.name}"


def agreement_record(name: str) -> str:
    """Write the record by which a host agrees to take reports."""
    return zone_file_line(name, RecordType.TXT, quote_txt(AGREEMENT_TEXT))


def _agreement(agreement: Agreement, name: str) -> str:
    if agreement is Agreement.MISSING:
        return f"not agreed, so none come; to be published there: {agreement_record(name)}"
    return "same organisation" if agreement is Agreement.NOT_NEEDED else agreement
