"""The valid part of an environment file, so that semantic and schema errors are reported together."""

from collections.abc import Collection
from typing import Any, NamedTuple

from mailproof.model.environment_file import (
    EnvironmentPart,
)
from mailproof.model.file_values import EXTERNAL, OFF
from mailproof.model.messages import visible_keys
from mailproof.model.regions import REGIONS
from mailproof.model.yaml_reader import Path

# What the rest of a file is judged with where its own value is missing or wrong.
STAND_INS: dict[str, Any] = {"account": "0" * 12, "regions": sorted(REGIONS)[:1], "zones": {}}
# How far down a wrong value is left out; of any other key the whole value is.
DEPTHS = {"zones": 2, "defaults": 2, "domains": 3, "parked": 2}


class WellShaped(NamedTuple):
    """
    The valid part of a file, so that semantic and schema errors are reported together.

    Attributes:
        part: It, validated.
        zones: Names of its zones as they are written.
        indexes: Index in the file of each of its domains.
        parked_indexes: Likewise of each of its parked domains.
        wrong_indexes: Indexes of domains of which a key was left out: they are judged, and own nothing.
        knows_zones: Whether no zone was left out.
    """

    part: EnvironmentPart
    zones: list[str]
    indexes: list[int]
    parked_indexes: list[int]
    wrong_indexes: Collection[int] = ()
    knows_zones: bool = True


def is_local(error: Any) -> bool:
    """Tell whether an error leaves everything right that stands outside its own domain, region, rollout or key."""
    loc = error["loc"]
    if loc[0] == "rollout":
        return True
    return loc[0] in {"domains", "parked", "regions"} if len(loc) > 1 else bool(error["type"] == "extra_forbidden")


def well_shaped(data: dict[str, Any], errors: list[Any]) -> WellShaped:
    """Leave out what is wrong, key by key, and stand in for what the rest cannot do without."""
    places = [visible_keys(error["loc"]) or error["loc"] for error in errors]
    wrong = {keys[: DEPTHS.get(str(keys[0]), 1)] for keys in places}
    unnamed = {error["loc"][1] for error in errors if error["loc"][0] == "zones" and error["loc"][2:] == ("[key]",)}
    rest = STAND_INS | {key: value for key, value in data.items() if (key,) not in wrong}
    regions = dict.fromkeys(region for _, region in known_regions(data.get("regions")))
    rest["regions"] = list(regions) or STAND_INS["regions"]
    zones = {name: zone for name, zone in rest["zones"].items() if name not in unnamed}
    rest["zones"] = zones | dict.fromkeys((name for name in zones if ("zones", name) in wrong), EXTERNAL)
    rest["defaults"] = _right_keys(rest.get("defaults", {}), ("defaults",), wrong)
    domains, parked = rest.get("domains", []), rest.get("parked", [])
    kept = [n for n in range(len(domains)) if not {("domains", n), ("domains", n, "name")} & wrong]
    rest["domains"] = [_right_keys(domains[n], ("domains", n), wrong) for n in kept]
    parked_kept = [n for n in range(len(parked)) if ("parked", n) not in wrong]
    rest["parked"] = [parked[n] for n in parked_kept]
    return WellShaped(
        part=EnvironmentPart.model_validate(rest),
        zones=list(zones),
        indexes=kept,
        parked_indexes=parked_kept,
        wrong_indexes={int(keys[1]) for keys in wrong if keys[0] == "domains" and len(keys) > 1},
        knows_zones=not unnamed and ("zones",) not in wrong,
    )


def _right_keys(part: dict[str, Any], keys: Path, wrong: set[Path]) -> dict[str, Any]:
    """Leave out the wrong keys of a part; switch off what has a default, so that the default is not judged instead."""
    right = {key: value for key, value in part.items() if (*keys, key) not in wrong}
    return right | {key: OFF for key in ("mail_from", "dmarc") if (*keys, key) in wrong}


def known_regions(regions: Any) -> list[tuple[int, str]]:
    """Return the regions of a list as it is written, with their indexes; what else it holds is wrong by itself."""
    items = regions if isinstance(regions, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, str) and item in REGIONS]
