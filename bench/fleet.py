"""Writes an environment file with the domains, regions and zones of the peers."""

from pathlib import Path

import yaml

# 240 and 80 fit; a hash does not fill stacks evenly.
DOMAINS_PER_STACK = {"grouped": 200, "individual": 60}


def write_fleet(folder: Path, count: int, regions: list[str], record_sets: str = "individual") -> None:
    """Write ``folder/bench.yaml`` with as many domains, each in its own zone and every region."""
    names = [f"d{number:05}.example" for number in range(count)]
    environment = {
        "account": "111122223333",
        "regions": regions,
        "stacks": -(-count // DOMAINS_PER_STACK[record_sets]),
        "record_sets": record_sets,
        "zones": {name: {"id": f"Z{number:013}"} for number, name in enumerate(names)},
        "domains": [{"name": name} for name in names],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.yaml").write_text(yaml.safe_dump(environment, sort_keys=False))
