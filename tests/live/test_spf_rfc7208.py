"""Evaluation as RFC 7208 has it, case by case: permanent errors are found, and none is invented."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailproof.live.answer import Absent, Answer, DnsAnswer, Mx, Txt, Unanswered
from mailproof.live.spf_check_host import CheckHost, Client, SpfOutcome, SpfQuestion
from mailproof.live.spf_text import AddressRange

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "spf_cases.yaml").read_text(encoding="utf-8"))
LONG = ".".join(["x" * 60] * 4)
TAIL = ".".join(["x" * 60] * 3)
BUILD: dict[str, Any] = {"TXT": lambda text: Txt(tuple(text.split("|"))), "MX": lambda host: Mx(10, host.strip("."))}


def answer(dns: dict[str, Any], question: SpfQuestion) -> DnsAnswer:
    """Answer a question from the records of a case, aliases followed."""
    records = dns.get(question.name)
    if records == "TIMEOUT":
        return Unanswered("timeout")
    if records is None:
        return Absent()
    pairs = [record.partition(" ")[::2] for record in records]
    for kind, target in pairs:
        if kind == "CNAME":
            return answer(dns, SpfQuestion(target, question.type))
    values = [value for kind, value in pairs if kind == question.type]
    found = [one for value in values for one in _repeated(value)]
    build = BUILD.get(question.type, str)
    return Answer(tuple(build(value.replace("LONG", LONG)) for value in found)) if found else Absent(name_exists=True)


def _repeated(value: str) -> list[str]:
    name, times, count = value.rpartition(" x")
    return [name] * int(count) if times and count.isdecimal() else [value]


def evaluate(case: dict[str, Any]) -> SpfOutcome:
    """Evaluate a case; what the evaluation asks for is answered until it lacks nothing."""
    dns = {name.replace("TAIL", TAIL): records for name, records in case["dns"].items()}
    address = ipaddress.ip_address(case.get("client", "192.0.2.1"))
    client = AddressRange(address.version, int(address), int(address))
    answers: dict[SpfQuestion, DnsAnswer] = {}
    while True:
        evaluation = CheckHost(answers, case.get("domain", "example.com"), Client.SES, client)
        outcome = evaluation.evaluate()
        if not evaluation.needed:
            return outcome
        answers |= {question: answer(dns, question) for question in evaluation.needed}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['section']} {case['what']}" for case in CASES])
def test_a_case_of_the_rfc(case: dict[str, Any]) -> None:
    """The result is that of the text."""
    outcome = evaluate(case)
    assert (outcome.result, outcome.fault is not None) == (case["result"], case["result"] == "permerror")
