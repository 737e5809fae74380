"""
Measures a synthesis and a check beside the peers, in one run, and prints ratios.

    python bench/run.py [-k RUNS]

Every table has the JavaScript L2 app first: it is what the ratios are to. `records` must agree between commands of one
table. Needs what the Makefile installs; the peer in JavaScript is installed on the first run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from fleet import write_fleet

import mailproof.stacks  # noqa: F401 -- chooses Node as app.py does

HERE = Path(__file__).parent
REGIONS = ["us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2"]


def compare(title: str, count: int, regions: list[str], runs: int, *, validate: bool, commands: list[str]) -> None:
    """Print one table."""
    print(f"\n{title}\n", flush=True)
    # Python keeps what it has compiled, unless this environment tells it not to: users have that compiled already.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    variables = {"N": str(count), "REGIONS": ",".join(regions), "VALIDATE": str(int(validate))}
    command = [sys.executable, str(HERE / "compare.py"), "-k", str(runs), *commands]
    subprocess.run(command, env={**os.environ, **variables}, check=True)  # noqa: S603 -- our own commands


def ours(folder: Path, count: int, regions: list[str], record_sets: str = "individual") -> str:
    """Return the command that synthesises our app for a fleet."""
    environments = folder / f"fleet-{count}-{len(regions)}-{record_sets}"
    write_fleet(environments, count, regions, record_sets)
    return f"""CDK_CONTEXT_JSON='{{"environments": "{environments}"}}' {sys.executable} {HERE.parent / "app.py"}"""


def main() -> None:
    """Run every comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", type=int, default=5, help="runs of each command, of which the median counts (default 5)")
    runs = parser.parse_args().k
    if not (HERE / "l2-js/node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--no-package-lock"], cwd=HERE / "l2-js", check=True)  # noqa: S607
    js = f"js=exec {os.environ['JSII_NODE']} {HERE / 'l2-js/app.js'}"
    py, floor, limit = (
        f"{name}=exec {sys.executable} {HERE / f'{file}.py'}"
        for name, file in (("py-l2", "l2_py"), ("empty", "floor"), ("limit", "limit"))
    )
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        small, large = REGIONS[:2], REGIONS
        one = f"ours={ours(folder, 1, small)}"
        compare(
            "One domain, two regions, as shipped: the peers with the CDK's validation, which is their default",
            1,
            small,
            runs,
            validate=True,
            commands=[js, one, py, floor],
        )
        for count in (300, 1000, 3000):
            compare(
                f"{count} domains, four regions, validation off in all",
                count,
                large,
                min(runs, 3),
                validate=False,
                commands=[
                    js,
                    f"ours={ours(folder, count, large)}",
                    f"ours-grouped={ours(folder, count, large, 'grouped')}",
                    *([limit] if count == 1000 else []),
                ],
            )
    subprocess.run([sys.executable, str(HERE / "check.py"), "-k", str(min(runs, 3))], check=True)  # noqa: S603 -- our own


if __name__ == "__main__":
    main()
