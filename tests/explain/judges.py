"""Implementations that share nothing with ours judge the messages of the corpus; one process of Node for all."""

import asyncio
import base64
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spftrace import Evaluator, LiveResolver

from mailproof.explain.explanation import Explanation
from tests.explain.case import Case, Judge

HELO = "a8-12.smtp-out.eu-west-1.amazonses.com"
SCRIPT = Path(__file__).with_name("judges.cjs")
PACKAGES = Path(__file__).parents[2] / "node_modules"
TIMEOUT_S = 120
IN_SUITE = (Judge.MAILAUTH, Judge.HARAKA, Judge.SPFTRACE)


def judge_all(cases: Sequence[Case], dns: str) -> dict[Judge, list[Any]]:
    """
    Judge messages.

    Args:
        cases: They.
        dns: `host:port` of the DNS around them.

    Returns:
        Of each judge what it says of each, in their order.
    """
    by_node = ask_node(cases, dns)
    return {
        Judge.MAILAUTH: [tuple(each["mailauth"].values()) for each in by_node],
        Judge.HARAKA: [each["haraka"] for each in by_node],
        Judge.SPFTRACE: asyncio.run(_trace(cases, dns)),
    }


def our_verdict(found: Explanation, judge: Judge) -> Any:
    """Return of ours what a judge says: how many signatures pass, SPF and DMARC in the words of RFC 8601."""
    signatures = sum(each.result == "pass" for each in found.signatures)
    return {
        Judge.MAILAUTH: (signatures, found.spf.result, found.dmarc.result),
        Judge.HARAKA: signatures,
        Judge.SPFTRACE: found.spf.result,
        Judge.MAIL_DKIM: signatures,
        Judge.MAIL_SPF: found.spf.result,
        Judge.MAIL_DMARC: found.dmarc.result,
    }[judge]


def ask_node(cases: Sequence[Case], dns: str, *, with_haraka: bool = True) -> list[Any]:
    """Ask mailauth, and haraka-plugin-dkim if it is wanted, of each message."""
    lines = [
        json.dumps(
            {
                "message": base64.b64encode(case.message).decode(),
                "sender": case.sender or "",
                "ip": case.client,
                "helo": HELO,
            }
        )
        for case in cases
    ]
    haraka = [str(PACKAGES / "haraka-plugin-dkim/lib/dkim.js")] if with_haraka else []
    command = [os.environ.get("JSII_NODE") or "node", str(SCRIPT), str(PACKAGES / "mailauth"), dns, *haraka]
    given = "\n".join(lines) + "\n"
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
    return [json.loads(line) for line in done.stdout.splitlines()]


class _Asked(LiveResolver):
    """Asks each question once."""

    def __init__(self, dns: str) -> None:
        host, _, port = dns.rpartition(":")
        super().__init__([host], timeout=2.0)
        self.resolver.port = int(port)
        self._known: dict[tuple[str, str], tuple[str, list[str]]] = {}

    async def _lookup(self, name: str, rtype: str) -> tuple[str, list[str]]:
        if (question := (name.lower(), rtype)) not in self._known:
            self._known[question] = await super()._lookup(name, rtype)
        return self._known[question]


async def _trace(cases: Sequence[Case], dns: str) -> list[str]:
    evaluator = Evaluator(_Asked(dns))
    found = [await evaluator.evaluate(case.client, case.sender or f"postmaster@{HELO}", HELO) for case in cases]
    return [str(result.verdict) for result in found]
