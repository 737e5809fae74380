"""
Rules about DMARC, per domain and per record that a tree walk meets.

A domain under its parent's record is fine, unless the file has a record for it.
"""

from mailproof.check.dmarc_tags import cut_off_from, ignored_below, kept_from_spf, shut_out_below
from mailproof.check.finding import Severity
from mailproof.check.misplaced import is_as_wanted
from mailproof.check.rule import RuleResult, rule
from mailproof.check.subjects import DmarcSubject, MissingPolicy, ReportSubject, shortest
from mailproof.check.wanted import (
    corrected,
    corrected_record,
    dmarc_text,
    publish,
    put_right,
    replace_alias,
    wanted_text,
)
from mailproof.live.answer import Absent, Answer, Unanswered, texts_of
from mailproof.live.dmarc_reader import dmarc_records, single_record
from mailproof.live.dmarc_text import BELOW_TAGS, DmarcRecord, is_dmarc, means_to_be_dmarc, parse_dmarc
from mailproof.model.command_lines import repair_command, rollout_command
from mailproof.model.dmarc import AGREEMENT_TEXT, MILDEST_FIRST, Dmarc, build_dmarc
from mailproof.model.dns_record import RecordType, zone_file_line
from mailproof.model.names import dmarc_name, fully_qualified, is_within
from mailproof.model.record_kind import DMARC

BULK_SENDER_RULES = "the bulk sender rules of Gmail and Yahoo"
WRITE_MAILTO = "Write each address as `mailto:address`, with commas between them."
REMOVE_ASPF = "Remove `aspf=s`."
REMOVE_ADKIM = "Remove `adkim=s`."
REMOVE_PSD = "Remove `psd`."
REMOVE_BELOW = "Remove `sp` and `np`."
WRITE_T = "Write `t=y` in the place of `pct`."
REMOVE_TAGS = "Remove these tags."


@rule(
    "dmarc-alias-dangling",
    Severity.ERROR,
    MissingPolicy,
    meaning="No DMARC policy is in force: the name of the record is an alias of a name that has none.",
    condition="No record is in force; its name, `_dmarc.<domain>`, is a CNAME, and the target has no record. An alias "
    "that a wildcard makes does not count.",
    expected="a record behind the alias",
    observed="none at the target",
    fix="If the CNAME is to stay, publish the record at its target. Else put the record in its place.",
    source="RFC 1034 section 3.6.2",
)
def dmarc_alias_dangling(subject: MissingPolicy) -> RuleResult | None:
    """Look for an alias that leads nowhere."""
    if subject.alias is None:
        return None
    text = dmarc_text(subject.wanted)
    if subject.wanted_alias and subject.alias == subject.wanted_alias:
        return RuleResult(
            observed=f"none at {subject.alias}{_for_all(subject)}",
            fix=f"Publish {wanted_text(subject.alias, text)}, or what the policy is to be.",
        )
    stays = f"publish {wanted_text(subject.alias, text)}"
    stays += f" and {DMARC.leave_out} in the file" if subject.deployed_by else ""
    fix = put_right(subject.deployed_by, replace_alias(stays, wanted_text(subject.name, text)))
    return RuleResult(observed=f"none at {subject.alias}{_for_all(subject)}", fix=fix)


@rule(
    "dmarc-multiple-records",
    Severity.ERROR,
    DmarcSubject,
    meaning="Receivers discard all DMARC records of a name that has more than one: no policy is in force there.",
    condition="Two or more DMARC records at one name.",
    expected="one",
    observed="their number",
    fix="Leave one record.",
    source="RFC 9989 section 4.10",
)
def dmarc_multiple_records(subject: DmarcSubject) -> RuleResult | None:
    """Count the records."""
    records = dmarc_records(subject.step)
    if len(records) < 2:  # noqa: PLR2004 -- more than one
        return None
    texts = " and ".join(sorted(repr(record.text) for record in records))
    choices = sorted(corrected(subject, record.text) for record in records)
    mildest = min(choices, key=lambda text: MILDEST_FIRST.index(parse_dmarc(text).policy))
    which = "Leave one record" if subject.wanted else "Leave one record, the mildest if you are not sure"
    fix = put_right(subject.deployed_by, f"{which}: {corrected_record(subject, mildest)}.")
    return RuleResult("one DMARC record", f"{len(records)}: {texts}", fix)


@rule(
    "dmarc-syntax",
    Severity.ERROR,
    DmarcSubject,
    meaning="Receivers do not read the record, or not the policy in it: what it asks for is not in force.",
    condition="A TXT means to be a record and is not (`v` not first, not exactly `DMARC1`), or `p`, `sp` or `np` has "
    "no valid value, a part has no `=` (`p:reject`), a tag is there twice, or there is neither `p` nor a valid `rua`. "
    "Unknown tags are no fault; no `p` beside a valid `rua` means `none`.",
    expected="a valid record",
    observed="the tag",
    fix="Correct the record.",
    source="RFC 9989 sections 4.7, 4.8, 4.10.1",
)
def dmarc_syntax(subject: DmarcSubject) -> RuleResult | None:
    """Look for a record that receivers do not take for one, or a policy that they do not know."""
    if record := single_record(subject.step):
        text, fault = record.text, record.fault
    else:
        texts = (txt.text for txt in texts_of(subject.step.answer))
        text = fault = next(filter(means_to_be_dmarc, texts), "")
    if not fault:
        return None
    right = corrected(subject, text)
    fix = f"Correct the record: {corrected_record(subject, text)}."
    if parse_dmarc(right).policy != "none" and not subject.wanted:
        fix += " It is in force from then on: begin with `p=none` if mail of other systems may not be aligned."
    return RuleResult(observed=fault, fix=put_right(subject.deployed_by, fix))


@rule(
    "dmarc-missing",
    Severity.ERROR,
    MissingPolicy,
    meaning="No DMARC policy is in force; large receivers refuse bulk mail of such a domain.",
    condition="The walk finds no record, or there is none at `_dmarc.<domain>` though the file has `dmarc`. One record "
    "that several domains lack is one finding: on the domain above them, if it is listed, else at their "
    "organisational domain.",
    expected="a record",
    observed="none",
    fix="Publish the record, with `p=none` and reports to begin with.",
    source=f"RFC 9989 section 4.10.1; {BULK_SENDER_RULES}",
)
def dmarc_missing(subject: MissingPolicy) -> RuleResult | None:
    """Report a policy that is not there."""
    observed = f"none{_for_all(subject)}"
    if subject.wanted_alias:
        alias = f"`{_alias_record(subject.name, subject.wanted_alias)}`"
        return RuleResult(f"CNAME {subject.wanted_alias}", observed, publish(subject.deployed_by, alias))
    if subject.wanted is None:
        harmless = wanted_text(subject.name, dmarc_text(None))
        return RuleResult(observed=observed, fix=f"Publish a record, to begin with {harmless}, and have reports sent.")
    record = build_dmarc(subject.wanted)
    return RuleResult(f"TXT {record}", observed, publish(subject.deployed_by, wanted_text(subject.name, record)))


def _alias_record(name: str, target: str) -> str:
    return zone_file_line(name, RecordType.CNAME, fully_qualified(target))


@rule(
    "dmarc-alias-differs",
    Severity.WARNING,
    DmarcSubject,
    meaning="Another policy is in force than the shared one to which the file points.",
    condition="The file has `dmarc: {alias: …}`, and the name of the record is not an alias, or one of another name.",
    expected="the alias of the file",
    observed="what is there",
    fix="Put the CNAME in the place of what is there, or correct the file.",
    source="RFC 1034 section 3.6.2",
    is_independent=True,
)
def dmarc_alias_differs(subject: DmarcSubject) -> RuleResult | None:
    """Compare where the name points with the file."""
    answer, wanted = subject.step.answer, subject.own.alias if subject.own else ""
    if not wanted or isinstance(answer, Unanswered) or answer.alias == wanted or not subject.in_force:
        return None
    record = f"`{_alias_record(subject.name, wanted)}`"
    fix = f"Put {record} in the place of what is there, in one change batch, or correct the file."
    observed = f"alias of {answer.alias}" if answer.alias else "a record of its own"
    return RuleResult(f"CNAME {wanted}", observed, put_right(subject.deployed_by, fix))


def _for_all(subject: MissingPolicy) -> str:
    return f", for {', '.join(subject.governed)}" if len(subject.governed) > 1 else ""


@rule(
    "dmarc-differs",
    Severity.WARNING,
    DmarcSubject,
    meaning="Another policy, or other receivers of reports, are in force than the file asks for.",
    condition="The file has `dmarc`, and `p`, `t` or the set of `rua` addresses is another; other tags are free.",
    expected="the file's",
    observed="the live record's",
    fix="Publish the record of the file again, or correct the file.",
    source="RFC 9989 section 4.7",
    is_independent=True,
)
def dmarc_differs(subject: DmarcSubject) -> RuleResult | None:
    """Compare the live record with the file."""
    wanted, record = subject.wanted, single_record(subject.step)
    if wanted is None or record is None or is_as_wanted(record, wanted):
        return None
    right = corrected_record(subject, record.text)
    if not subject.deployed_by:
        return RuleResult(build_dmarc(wanted), record.text, f"Publish {right}, or correct the file.")
    run, repair = rollout_command(subject.deployed_by), repair_command(subject.deployed_by)
    changed = f"Run `{run}` if the file has changed since; if that changes nothing"
    fix = f"{changed}, `{repair}` puts back {right}; or correct the file."
    return RuleResult(build_dmarc(wanted), record.text, fix)


@rule(
    "dmarc-report-not-authorised",
    Severity.WARNING,
    ReportSubject,
    meaning="Receivers of mail do not send these reports: the host that should take them has not agreed.",
    condition="A `rua` or `ruf` address in another organisational domain, and no `v=DMARC1` TXT at "
    "`<domain>._report._dmarc.<host>`, where `<domain>` is where the record was found.",
    expected="a record there",
    observed="none",
    fix="Ask the receiver of the reports to publish it.",
    source="RFC 9990, Verifying External Destinations",
)
def dmarc_report_not_authorised(subject: ReportSubject) -> RuleResult | None:
    """Look whether the host has agreed."""
    answer = subject.facts.answer
    if subject.facts.same_organisation is not False or answer is None or isinstance(answer, Unanswered):
        return None
    record, holder = wanted_text(subject.name, AGREEMENT_TEXT), subject.facts.deployed_by
    fix = publish(holder, record) if holder else f"Ask the receiver of the reports to publish {record}."
    return None if agrees(answer) else RuleResult(f"TXT {AGREEMENT_TEXT}", fix=fix)


@rule(
    "dmarc-report-redirected",
    Severity.WARNING,
    ReportSubject,
    meaning="Receivers of mail send these reports to nobody: the host has agreed, and names an address elsewhere.",
    condition="The record by which a host agrees has a `rua` whose address is at another host.",
    expected="no rua there, or one at the same host",
    observed="the rua",
    fix="Ask the receiver of the reports to publish the record without `rua`.",
    source="RFC 9990, Verifying External Destinations",
)
def dmarc_report_redirected(subject: ReportSubject) -> RuleResult | None:
    """Look for reports that are sent on to another host, which receivers do not follow."""
    if subject.facts.same_organisation is not False:
        return None
    records = [parse_dmarc(txt.text) for txt in texts_of(subject.facts.answer) if is_dmarc(txt.text)]
    found = [address for record in records for address in record.addresses("rua")]
    foreign = [address for address in found if address.rpartition("@")[2] != subject.facts.host]
    if not foreign:
        return None
    record, holder = wanted_text(subject.name, AGREEMENT_TEXT), subject.facts.deployed_by
    fix = put_right(holder, f"{'Publish' if holder else 'Ask the receiver of the reports to publish'} {record}.")
    return RuleResult(observed=f"rua={', '.join(foreign)}", fix=fix)


def agrees(answer: Answer[object] | Absent | Unanswered | None) -> bool:
    """Tell whether an answer is the agreement to take reports."""
    return any(is_dmarc(txt.text) for txt in texts_of(answer))  # type: ignore[arg-type]


@rule(
    "dmarc-report-address",
    Severity.WARNING,
    DmarcSubject,
    meaning="No reports come to this address: receivers do not read it.",
    condition="An entry of `rua` or `ruf` is not a `mailto:` URI, or addresses are not divided by commas.",
    expected="mailto: URIs, divided by commas",
    observed="the entry",
    fix=WRITE_MAILTO,
    source="RFC 9990",
    is_independent=True,
)
def dmarc_report_address(subject: DmarcSubject) -> RuleResult | None:
    """Look for addresses that receivers do not read."""
    record = single_record(subject.step)
    if record is None or not subject.in_force:
        return None
    found = [f"{tag}={uri}" for tag in ("rua", "ruf") for uri in record.invalid_uris(tag)]
    return RuleResult(observed="; ".join(found), fix=_publish(WRITE_MAILTO, subject)) if found else None


def _publish(todo: str, subject: DmarcSubject) -> str:
    """Say what to do, and the whole record without any of its faults: there may be several findings about it."""
    record = single_record(subject.step)
    right = corrected_record(subject, record.text if record else "")
    return put_right(subject.deployed_by, f"{todo.removesuffix('.')}: {right}.")


@rule(
    "dmarc-spf-never-aligns",
    Severity.WARNING,
    DmarcSubject,
    meaning="DMARC depends on DKIM alone: with strict alignment a MAIL FROM name below the domain never equals it.",
    condition="`aspf=s` while the file has a MAIL FROM name.",
    expected="SPF can align",
    observed="it cannot",
    fix=f"{REMOVE_ASPF} Or rely on DKIM knowingly.",
    source="RFC 9989 section 4.4.2",
    is_independent=True,
)
def dmarc_spf_never_aligns(subject: DmarcSubject) -> RuleResult | None:
    """Look for strict SPF alignment."""
    record = _in_force(subject)
    if record is None or not (concerned := kept_from_spf(subject, record)):
        return None
    return RuleResult(fix=f"{_without('aspf', 's', subject)} Or rely on DKIM knowingly.", domain=shortest(concerned))


@rule(
    "dmarc-names-below-fail",
    Severity.WARNING,
    DmarcSubject,
    meaning="Mail with From at a name below the domain fails DMARC: it is signed as the domain, and neither DKIM nor "
    "SPF has the name of From.",
    condition="`adkim=s`, while SPF cannot align either: `aspf=s`, or the file has no MAIL FROM name. Names below that "
    "are sending domains themselves are signed as themselves, and pass.",
    expected="From names below the domain can align",
    observed="they cannot",
    fix=f"{REMOVE_ADKIM} Or list each From name as a sending domain of its own.",
    source="RFC 9989 section 4.4.1",
    is_independent=True,
)
def dmarc_names_below_fail(subject: DmarcSubject) -> RuleResult | None:
    """Look for strict alignment that only sending domains themselves can meet."""
    record = _in_force(subject)
    if record is None or not (concerned := shut_out_below(subject, record)):
        return None
    domain = shortest(concerned)
    passing = [name for name in subject.listed if name != domain and is_within(name, domain)]
    beside = f"; {', '.join(passing)} can: the file has an identity for each" if passing else ""
    fix = f"{_without('adkim', 's', subject)} Or list each From name below {domain} as a sending domain of its own."
    return RuleResult(observed=f"they cannot{beside}", fix=fix, domain=domain)


@rule(
    "dmarc-psd-cuts-off",
    Severity.WARNING,
    DmarcSubject,
    meaning="Receivers take the names on both sides of this one for different organisations: mail that one sends in "
    "the name of the other does not align.",
    condition="`psd=n` at a name below a sending domain of the file, or `psd=y` at a name that is not a public suffix.",
    expected="one organisation",
    observed="two",
    fix=REMOVE_PSD,
    source="RFC 9989 section 4.10.2",
    is_independent=True,
)
def dmarc_psd_cuts_off(subject: DmarcSubject) -> RuleResult | None:
    """Look for a name that says that it is the end of an organisation, or a registry."""
    record = _in_force(subject)
    above = record and cut_off_from(subject, record)
    if record is None or above is None:
        return None
    where = subject.step.where
    observed = f"mail with From at {where} or below, signed as {above}, does not align"
    if above == where:
        observed = f"{where} calls itself a registry: each name below it is an organisation of its own"
    fix = f"{_without('psd', record.psd, subject)} Or sign as {where} whatever has it in From."
    return RuleResult(observed=observed, fix=fix)


@rule(
    "dmarc-subdomain-policy-ignored",
    Severity.WARNING,
    DmarcSubject,
    meaning="The policy for names below has no effect: that of the organisational domain is in force for them.",
    condition="`sp` or `np` in the record of a domain below one that has a record itself, and is the organisational "
    "domain.",
    expected="sp and np in the record of the organisational domain",
    observed="the tags",
    fix=REMOVE_BELOW,
    source="RFC 9989 sections 4.7, 4.10.1",
    is_independent=True,
)
def dmarc_subdomain_policy_ignored(subject: DmarcSubject) -> RuleResult | None:
    """Look for a policy for names below where nobody reads one."""
    record = _in_force(subject)
    above = ignored_below(subject, record) if record else None
    if record is None or above is None:
        return None
    found = "; ".join(f"{tag}={record.tags[tag]}" for tag in BELOW_TAGS if tag in record.tags)
    keys = [key for key, value in _keys_below(subject.wanted) if value]
    own = f"a record of its own for each name below {subject.step.where}, or `sp` at {dmarc_name(above)}"
    todo = f"Take {_quoted(keys)} out of the file, and deploy." if keys else _publish(REMOVE_BELOW, subject)
    return RuleResult(observed=f"{found}; {dmarc_name(above)} governs names below", fix=f"{todo} What helps is {own}.")


def _keys_below(wanted: Dmarc | None) -> list[tuple[str, object]]:
    if wanted is None:
        return []
    return [
        ("subdomain_policy", wanted.subdomain_policy),
        ("nonexistent_subdomain_policy", wanted.nonexistent_subdomain_policy),
    ]


def _quoted(keys: list[str]) -> str:
    return " and ".join(f"`{key}`" for key in keys)


def _in_force(subject: DmarcSubject) -> DmarcRecord | None:
    """Return the record, if it is the policy of a domain."""
    return single_record(subject.step) if subject.in_force else None


def _without(tag: str, value: str, subject: DmarcSubject) -> str:
    """Say that a tag is to go: out of the file if it is there, else out of the record."""
    asked = subject.wanted and parse_dmarc(build_dmarc(subject.wanted)).tags.get(tag)
    if asked == value:
        return f"Take `{tag}: {value}` out of the file, and deploy."
    return _publish(f"Remove `{tag}={value}`.", subject)


@rule(
    "dmarc-pct-ignored",
    Severity.WARNING,
    DmarcSubject,
    meaning="Receivers apply the policy to all mail, not to the part that `pct` names: they no longer read it.",
    condition="`pct` below 100.",
    expected="the policy meant",
    observed="enforced in full",
    fix=f"{WRITE_T} Where it was not for testing, write the next weaker policy.",
    source="RFC 9989 appendix A.6",
    is_independent=True,
)
def dmarc_pct_ignored(subject: DmarcSubject) -> RuleResult | None:
    """Look for a policy that was meant for a part of the mail."""
    record = single_record(subject.step)
    if record is None or not subject.in_force or not record.is_partial:
        return None
    meant = f"p={record.policy} for {record.percent} % of the mail"
    todo = "Remove `pct`." if subject.wanted else WRITE_T
    fix = f"{_publish(todo, subject)} Where it was not for testing, write the next weaker policy."
    return RuleResult(meant, f"p={record.policy} enforced in full: pct={record.percent} is ignored", fix)


@rule(
    "dmarc-removed-tags",
    Severity.INFO,
    DmarcSubject,
    meaning="The record has tags that receivers no longer read.",
    condition="`pct=100`, `rf` or `ri`.",
    expected="current tags",
    observed="the tags",
    fix=f"{REMOVE_TAGS} `t=y` is what `pct` was used for.",
    source="RFC 9989 appendix A.6",
    is_independent=True,
)
def dmarc_removed_tags(subject: DmarcSubject) -> RuleResult | None:
    """Look for tags of RFC 7489."""
    record = single_record(subject.step)
    if record is None or not subject.in_force or not record.removed_tags:
        return None
    return RuleResult(observed="; ".join(record.removed_tags), fix=_publish(REMOVE_TAGS, subject))
