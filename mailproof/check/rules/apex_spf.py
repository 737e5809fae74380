"""Rules about the SPF record of a domain itself."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.live.answer import Unanswered, texts_of
from mailproof.live.record_facts import ApexSpfFacts
from mailproof.model.apex_spf import includes
from mailproof.model.txt import is_spf


@rule(
    "spf-include-missing",
    Severity.WARNING,
    ApexSpfFacts,
    meaning="The SPF record of the domain itself lacks what the file asks for. Mail from SES does not need it.",
    condition="The file has `spf: { include: … }`, and the one SPF record at the domain does not include a name of it.",
    expected="the names",
    observed="the record",
    fix="Run `mailproof spf`, which writes them beside what is there.",
    source="RFC 7208 section 5.2",
)
def spf_include_missing(facts: ApexSpfFacts) -> RuleResult | None:
    """Look for the names in the record."""
    if isinstance(facts.answer, Unanswered):
        return None
    records = [txt.text for txt in texts_of(facts.answer) if is_spf(txt.text)]
    missing = [name for name in facts.wanted if len(records) != 1 or not includes(records[0], name)]
    if not missing:
        return None
    wanted = ", ".join(f"include:{name}" for name in missing)
    return RuleResult(wanted, " and ".join(map(repr, records)) or "no SPF record")
