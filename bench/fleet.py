"""Writes an environment file with the domains, regions and zones of the peers."""

from pathlib import Path

import yaml

DOMAINS_PER_STACK = 200  # 240 fit; a hash does not fill stacks evenly


def write_fleet(folder: Path, count: int, regions: list[str]) -> None:
    """Write ``folder/bench.yaml`` with as many domains, each in its own zone and every region."""
    names = [f"d{number:05}.example" for number in range(count)]
    environment = {
        "account": "111122223333",
        "regions": regions,
        "stacks": -(-count // DOMAINS_PER_STACK),
        "zones": {name: {"id": f"Z{number:013}"} for number, name in enumerate(names)},
        "domains": [{"name": name} for name in names],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.yaml").write_text(yaml.safe_dump(environment, sort_keys=False))
