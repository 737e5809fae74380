"""
Measures `mailproof check` beside checkdmarc on the same domains, and alone on many.

    python bench/check.py [-k RUNS]

All servers are on this machine (loopback.py). Each command is one process from its start to its exit, run alternately
with the other after a run of each that does not count; the median is printed. checkdmarc asks about SPF, DMARC, MX, NS,
DNSSEC, MTA-STS, TLS-RPT and BIMI of a domain, one question after the other; `mailproof check` about its NS, DKIM, MAIL
FROM and DMARC, many at once, and besides SES and Route 53, whose answers cost it half of its time where DNS answers at
once. How many times as many therefore depends on the delay of a DNS answer. There are two tables, one without any and
one with a delay that is assumed, not measured, and that is run once since checkdmarc takes a minute for it.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compare import measure
from fleet import write_fleet
from loopback import Loopback, running

HERE = Path(__file__).parent
REGIONS = ["us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2"]
SMALL, LARGE = 250, 1000
RESOLVER_S = 0.01  # assumed, of a resolver that is near; the ratio grows with it
MEMORY_LIMIT_MB = 300
FASTER_AIM = 20

Figures = dict[str, float | str]


@contextmanager
def fleet(
    count: int, regions: list[str], delay_s: float = 0.0, ses_rate: float = 0.0
) -> Iterator[tuple[Loopback, str, str]]:
    """Serve a fleet; yield its servers and the commands of checkdmarc and ours."""
    names = [f"d{number:05}.example" for number in range(count)]
    with tempfile.TemporaryDirectory() as folder, running(names, regions, delay_s, ses_rate) as servers:
        write_fleet(Path(folder), count, regions)
        aws = (
            f"AWS_ENDPOINT_URL=http://127.0.0.1:{servers.aws_port} AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=bench"
        )
        place = f"--environments {folder} --resolver 127.0.0.1:{servers.dns_port} --format json"
        peer = f"N={count} PORT={servers.dns_port} exec {sys.executable} {HERE / 'checkdmarc_peer.py'}"
        yield servers, peer, f"{aws} exec {sys.executable} -m mailproof check {place}"


def keep_to_this_machine() -> None:
    """Use nothing of the caller's own AWS configuration, and no proxy on the way to the servers."""
    absent = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "NO_PROXY": "127.0.0.1"}
    os.environ.update({**absent, "AWS_EC2_METADATA_DISABLED": "true"})
    os.environ.pop("AWS_PROFILE", None)


def median(runs: list[Figures], figure: str) -> float:
    return statistics.median(float(run[figure]) for run in runs)


def compare_with_checkdmarc(runs: int, delay_s: float) -> None:
    """Print domains per second of both."""
    print(f"\n{SMALL} domains, one region, a DNS server that answers after {delay_s * 1000:.0f} ms\n", flush=True)
    with fleet(SMALL, REGIONS[:1], delay_s) as (_, peer, ours):
        commands = {"checkdmarc": peer, "mailproof check": ours}
        measured: dict[str, list[Figures]] = {name: [] for name in commands}
        for number in range(runs + 1):
            for name, command in commands.items():
                figures = measure(command)
                measured[name] += [figures] if number else []
    base = median(measured["checkdmarc"], "wall")
    print("| command | wall s | cpu s | domains a second | times as many |")
    print("|---|--:|--:|--:|--:|")
    for name, figures in measured.items():
        wall_s, cpu_s = median(figures, "wall"), median(figures, "cpu")
        print(f"| {name} | {wall_s:.2f} | {cpu_s:.2f} | {SMALL / wall_s:.1f} | {base / wall_s:.1f} |")


def measure_growth(runs: int) -> None:
    """Print what a domain costs in a small and in a large fleet, memory, and how often AWS is read."""
    identities = len(REGIONS)
    print(f"\n`mailproof check` in {identities} regions, a DNS server that answers at once\n")
    print("| domains | identities | wall s | ms per domain | rss MB | GetEmailIdentity | other calls of AWS |")
    print("|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for count in (SMALL, LARGE):
        with fleet(count, REGIONS) as (servers, _, ours):
            measure(ours)
            servers.take_calls()
            measured = [measure(ours) for _ in range(runs)]
            calls = {operation: number / runs for operation, number in servers.take_calls().items()}
        wall_s, rss_mb, reads = median(measured, "wall"), median(measured, "rss"), calls.pop("GetEmailIdentity")
        cells = [count, count * identities, f"{wall_s:.2f}", f"{wall_s / count * 1000:.2f}", f"{rss_mb:.0f}"]
        print(f"| {' | '.join(map(str, cells))} | {reads:.0f} | {sum(calls.values()):.0f} |", flush=True)


def main() -> None:
    """Run every measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", type=int, default=3, help="runs of each command, of which the median counts (default 3)")
    runs = parser.parse_args().k
    keep_to_this_machine()
    compare_with_checkdmarc(runs, 0)
    compare_with_checkdmarc(1, RESOLVER_S)
    print(f"\nThe aim is {FASTER_AIM} times as many.", flush=True)
    measure_growth(min(runs, 2))
    print(
        f"\nThe aims: as many ms per domain in both, at most {MEMORY_LIMIT_MB} MB, one GetEmailIdentity per identity."
    )


if __name__ == "__main__":
    main()
