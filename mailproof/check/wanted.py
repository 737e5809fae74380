"""The record that a fix tells to publish, whole, as a line of a zone file, and how it gets there."""

from mailproof.check.dmarc_tags import tags_at_fault
from mailproof.check.subjects import DmarcSubject
from mailproof.live.answer import TxtAnswer, Unanswered, texts_of
from mailproof.live.dmarc_repair import repair_dmarc
from mailproof.live.record_facts import ByoDkimFacts, DkimFacts, DmarcFacts, MxFacts, RecordFacts, SpfFacts
from mailproof.model.command_lines import repair_command, rollout_command
from mailproof.model.dmarc import Dmarc, build_dmarc
from mailproof.model.dns_record import DnsRecord, RecordType, route53_values, zone_file_line
from mailproof.model.environment import Environment
from mailproof.model.names import fully_qualified
from mailproof.model.record_kind import MAIL_FROM_MX_PREFERENCE
from mailproof.model.txt import quote_txt

Wanted = DkimFacts | ByoDkimFacts | MxFacts | SpfFacts | DmarcFacts
NOBODY_ASKS = "nothing looks for it there, not even mail of the domain itself"


def wanted_record(facts: DkimFacts | MxFacts | SpfFacts | DmarcFacts) -> str:
    """Write the whole record, to be shown in a sentence."""
    if isinstance(facts, DkimFacts):
        return f"`{zone_file_line(facts.name, RecordType.CNAME, fully_qualified(facts.target))}`"
    if isinstance(facts, MxFacts):
        return mx_record(facts.name, facts.hosts[0])
    return wanted_text(facts.name, facts.wanted if isinstance(facts, SpfFacts) else dmarc_text(facts.wanted))


def mx_record(name: str, host: str) -> str:
    """Write the whole MX of a MAIL FROM name, to be shown in a sentence."""
    return f"`{zone_file_line(name, RecordType.MX, f'{MAIL_FROM_MX_PREFERENCE} {fully_qualified(host)}')}`"


def wanted_text(name: str, text: str) -> str:
    """Write a whole TXT record, to be shown in a sentence."""
    return f"`{zone_file_line(name, RecordType.TXT, quote_txt(text))}`"


def expected_record(record: DnsRecord) -> str:
    """Write all of a record set of the file, to be shown in a sentence."""
    lines = (zone_file_line(record.name, record.type, data, record.ttl_s) for data in route53_values(record))
    return " and ".join(f"`{line}`" for line in lines)


def dmarc_text(wanted: Dmarc | None) -> str:
    """Return the DMARC record that the file asks for; without one, that which harms nothing."""
    return build_dmarc(wanted or Dmarc())


def corrected(subject: DmarcSubject, text: str) -> str:
    """Return a DMARC text without its faults; where a stack holds the record, the stack's own."""
    if subject.wanted and subject.deployed_by:
        return build_dmarc(subject.wanted)
    return repair_dmarc(text, subject.wanted, tags_at_fault(subject, text))


def corrected_record(subject: DmarcSubject, text: str) -> str:
    """Write the record that a DMARC text becomes without its faults, to be shown in a sentence."""
    return f"{wanted_text(subject.name, corrected(subject, text))}{or_behind_alias(subject.step.answer)}"


def or_behind_alias(answer: TxtAnswer) -> str:
    """Say where a record can be changed as well if its name is an alias; empty if it is none."""
    if isinstance(answer, Unanswered) or answer.alias is None:
        return ""
    return f" in the place of the alias, or have that text entered where {answer.alias} leads"


def beside(answer: TxtAnswer) -> str:
    """Say that other texts at the name stay; empty if there are none."""
    return ", beside the other texts there" if len(texts_of(answer)) > 1 else ""


def publish(deployed_by: Environment | None, record: str) -> str:
    """
    Say how a record gets there that is not.

    A deployment makes what was never deployed, and does not see what somebody deleted afterwards. What a person enters
    by hand into a zone of Route 53 is in the way of the deployment.

    Args:
        deployed_by: As in `RecordFacts`.
        record: The whole record, ready to be shown.
    """
    if not deployed_by:
        return f"Publish {record}."
    return f"{deploy(deployed_by, 'the record')}: {record}."


def deploy(environment: Environment, what: str) -> str:
    """Say how something of a stack gets there that is not, without a full stop."""
    run, repair = rollout_command(environment), repair_command(environment)
    return (
        f"Run `{run}`; if that changes nothing, {what} was deleted outside CloudFormation, and `{repair}` puts it back"
    )


def put_right(deployed_by: Environment | None, todo: str) -> str:
    """
    Say how a record that is wrong is put right.

    Args:
        deployed_by: As in `RecordFacts`.
        todo: What to do by hand, with the whole record, as a sentence.
    """
    if not deployed_by:
        return todo
    return f"{todo} If a stack holds the record, `{repair_command(deployed_by)}` puts back the stack's own instead."


def enter(facts: RecordFacts, record: str, where: str, todo: str = "") -> str:
    """
    Say what to do about a record that was entered at another name.

    Args:
        facts: Of the record.
        record: Whole, ready to be shown.
        where: The other name.
        todo: What to do about what is there, as a sentence; empty takes it away.
    """
    return f"{publish(facts.deployed_by, record)} {todo or f'Take it away from {where}: {NOBODY_ASKS}.'}"


def replace_alias(stays: str, *records: str) -> str:
    """
    Say what to do about a CNAME where records are wanted: `check` and `preflight` say the same.

    Args:
        stays: What to do in the file if the CNAME is to stay.
        records: Whole, ready to be shown; none calls them the wanted ones.
    """
    wanted = " and ".join(records) or "the wanted records"
    replaced = f"put {wanted} in its place, in one change batch, so that the name is never empty"
    return f"If the CNAME is to stay, {stays}. Else {replaced}."
