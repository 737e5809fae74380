"""
Explains messages beside mailauth, and has what it says of the tests' corpus judged by Perl.

    python bench/explain.py [-n MESSAGES]

Speed: one process of the command for a mailbox of signed messages, beside one of mailauth, which judges the same ones.
Their DNS is on this machine.

Verdicts: those of Mail::DKIM, Mail::SPF and Mail::DMARC, which are compared with ours; what differs and is not in
`tests/explain/differences.py` is listed. Without them (Debian: libmail-dkim-perl libmail-spf-perl libmail-dmarc-perl) a
line says so.
"""

import argparse
import asyncio
import base64
import json
import mailbox
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import mailproof.stacks  # noqa: E402, F401 -- chooses Node as app.py does
from mailproof.explain.explanation import OPEN, Explanation  # noqa: E402
from mailproof.explain.mail import read_mail  # noqa: E402
from mailproof.explain.run import explain  # noqa: E402
from mailproof.live.resolver import Budget, Resolver  # noqa: E402
from mailproof.live.transport import Server  # noqa: E402
from tests.check.world_dns import WorldDns, serve  # noqa: E402
from tests.explain.case import MESSAGE, Case, Judge  # noqa: E402
from tests.explain.corpus import corpus  # noqa: E402
from tests.explain.differences import difference_of  # noqa: E402
from tests.explain.judges import HELO, ask_node, our_verdict  # noqa: E402
from tests.explain.signer import sign  # noqa: E402
from tests.explain.zones import FAULTS, ZONES  # noqa: E402

PERL = ("Mail::DKIM::Verifier", "Mail::SPF", "Mail::DMARC::PurePerl")


def measure(count: int, dns: str) -> None:
    """Print how long a mailbox takes."""
    cases = [Case("", sign(MESSAGE.replace("Your order", f"Your order {number}"))) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        box = mailbox.mbox(Path(folder) / "box")
        for case in cases:
            box.add(case.message)
        box.close()
        options = ("--resolver", dns, "--format", "json")
        command = [str(Path(sys.executable).with_name("mailproof")), "explain", str(Path(folder) / "box"), *options]
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603 -- ours
        ours = time.perf_counter() - started
    passed = sum(message["dmarc"]["result"] == "pass" for message in json.loads(done.stdout)["messages"])
    started = time.perf_counter()
    theirs_passed = sum(each["mailauth"]["dmarc"] == "pass" for each in ask_node(cases, dns, with_haraka=False))
    theirs = time.perf_counter() - started
    print(f"{count} messages on {os.cpu_count()} cores, whole processes")
    for name, passes, seconds in (("mailproof explain", passed, ours), ("mailauth", theirs_passed, theirs)):
        print(f"  {name:<18} {passes} pass  {seconds:6.1f} s  {count / seconds * 60:8,.0f} a minute")


def judge(dns: str) -> None:
    """Print how far Perl agrees."""
    lacking = [name for name in PERL if not _has(name)]
    if lacking:
        print(f"\nNot judged by Perl: {', '.join(lacking)} cannot be loaded")
        return
    cases = list(corpus())
    explained = asyncio.run(_explain(cases, dns))
    given = "".join(f"{json.dumps(_given(case, found))}\n" for case, found in zip(cases, explained, strict=True))
    command = ["perl", str(ROOT / "bench/explain_peers.pl"), dns]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)  # noqa: S603 -- our own
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    print(f"\n{len(cases)} messages of the corpus, judged by Perl")
    for judge_name, key in ((Judge.MAIL_DKIM, "dkim"), (Judge.MAIL_SPF, "spf"), (Judge.MAIL_DMARC, "dmarc")):
        pairs = [
            (case, our_verdict(found, judge_name), answer[key])
            for case, found, answer in zip(cases, explained, answers, strict=True)
        ]
        agree = sum(ours == theirs for _, ours, theirs in pairs)
        print(f"  {judge_name:<12} {agree} agree, {len(cases) - agree} differ")
        for case, ours, theirs in pairs:
            if ours != theirs and difference_of(case, judge_name) is None:
                print(f"    not as known: {case.name}: ours {ours}, theirs {theirs}")


def _has(module: str) -> bool:
    if shutil.which("perl") is None:
        return False
    command = ["perl", f"-M{module}", "-e", "1"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 -- our own


def _given(case: Case, found: Explanation) -> dict[str, object]:
    """Return what Perl is told of a message."""
    return {
        "message": base64.b64encode(case.message).decode(),
        "sender": case.sender or "",
        "ip": case.client,
        "helo": HELO,
        "author": read_mail(case.message).author_domain,
        "signatures": [
            {"domain": each.domain, "selector": each.selector, "result": "pass" if each.result == "pass" else "fail"}
            for each in found.signatures
            if each.domain
        ],
        "spf": "none" if found.spf.result in OPEN else found.spf.result,
    }


async def _explain(cases: list[Case], dns: str) -> list[Explanation]:
    host, _, port = dns.rpartition(":")
    resolver = Resolver([Server(host, int(port))], Budget(timeout_s=2.0, pause_s=0.01))
    try:
        return [await explain(case.message, resolver) for case in cases]
    finally:
        resolver.close()


def main() -> None:
    """Measure, then judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=1000, help="messages (default 1000)")
    count = parser.parse_args().n
    with serve(WorldDns({name: f"$TTL 60\n{text}" for name, text in ZONES.items()}, FAULTS)) as dns:
        measure(count, dns)
        judge(dns)


if __name__ == "__main__":
    main()
