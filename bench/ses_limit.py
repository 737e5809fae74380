"""
Measures `mailproof check --state` against an SES that answers so many requests a second in each region.

    python bench/ses_limit.py [--rate 1] [--domains 1000]

Four regions, and a DNS server that answers at once (loopback.py). The first check has to ask for every identity, and is
interrupted once, after a third of the time, and started again; the second one finds all of them verified in the list of
each region. With the standard options the first takes as long as the limit says: 17 minutes and some.
"""

import argparse
import json
import os
import resource
import shlex
import subprocess
import tempfile
import time
from pathlib import Path

from check import REGIONS, fleet, keep_to_this_machine

Figures = dict[str, float]


def cpu_s() -> float:
    """Return the CPU seconds of the commands that have ended; the servers are still running."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def check(command: str, report: Path, *, interrupt_after_s: float | None = None) -> Figures:
    """Run one check; return its time, and what its report says."""
    report.unlink(missing_ok=True)
    started_s, before_s = time.monotonic(), cpu_s()
    process = subprocess.Popen(f"{command} --output {shlex.quote(str(report))}", shell=True, stdout=subprocess.DEVNULL)
    try:
        process.wait(interrupt_after_s)
    except subprocess.TimeoutExpired:
        process.terminate()  # as Ctrl-C, which a shell lets a process in the background ignore
        process.wait()
    figures = {"wall": time.monotonic() - started_s, "cpu": cpu_s() - before_s, "exit": process.returncode}
    if report.exists():
        found = json.loads(report.read_text())
        figures["findings"] = len(found["findings"])
        figures["older"] = sum(identity["asked_at"] < found["checked_at"] for identity in found["identities"])
    return figures


def main() -> None:
    """Run every measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=1.0, help="requests a second in a region (default 1)")
    parser.add_argument("--domains", type=int, default=1000, help="in four regions each (default 1,000)")
    options = parser.parse_args()
    keep_to_this_machine()
    limit_s = options.domains / options.rate
    print(f"\n{options.domains:,} domains in {len(REGIONS)} regions, {options.rate:g} requests a second in each")
    print(f"\nat best {limit_s:.0f} s\n")
    print("| check | wall s | cpu s | load | exit code | asked | in vain | findings | kept facts |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as work, fleet(options.domains, REGIONS, ses_rate=options.rate) as found:
        servers, _, ours = found
        report = Path(work) / "report.json"
        command = f"{ours} --state {Path(work) / 'state'}"
        for name, after_s in (
            ("first, interrupted", limit_s / 3),
            ("the same again", None),
            ("next", None),
            ("next", None),
        ):
            figures = check(command, report, interrupt_after_s=after_s)
            calls = servers.take_calls()
            cells = [name, f"{figures['wall']:.0f}", f"{figures['cpu']:.1f}", f"{os.getloadavg()[0]:.0f}"]
            cells += [
                f"{figures['exit']:.0f}",
                calls.get("GetEmailIdentity", 0),
                calls.get("throttled", 0),
                figures.get("findings", ""),
                figures.get("older", ""),
            ]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
