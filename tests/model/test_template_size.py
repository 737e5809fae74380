"""The estimate of a template's size, held against templates as they are uploaded."""

from typing import Any

import pytest
import yaml

from mailproof.model.placement import plan_stacks, tags_bytes
from mailproof.model.stack_id import StackKind
from tests.stacks.assembly import read_environment, synthesise

TAGS = {"cost-centre": "mail", "Äußeres": "ü" * 40}
ZONE = {"id": "Z0123456789EXAMPLE12"}
FRAME_BYTES = 750  # what every template has, whatever it holds


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="short names"),
        pytest.param({"tags": TAGS}, id="tags"),
        pytest.param({"tags": {f"key-{number}": "v" * 200 for number in range(50)}}, id="many tags"),
        pytest.param({"domains": ["a" * 60]}, id="long names"),
        pytest.param({"domains": ["a" * 60 + "." + "b" * 60 + "." + "c" * 40], "tags": TAGS}, id="longest names"),
        pytest.param({"domains": ["a" * 30]}, id="record sets"),
        pytest.param({"record_sets": "grouped", "domains": ["a" * 30]}, id="groups"),
        pytest.param({"removal_policy": "destroy", "defaults": {"mail_from": "none"}}, id="no MAIL FROM"),
        pytest.param(
            {"defaults": {"mail_from": "b", "dkim": {"key_length": 2048}, "dmarc": {"policy": "none"}}}, id="shared"
        ),
        pytest.param(
            {"defaults": {"dmarc": {"policy": "none", "reports": [f"r{n}@example.com" for n in range(150)]}}},
            id="long DMARC",
        ),
        pytest.param({"zones": {"example.com": {**ZONE, "account": "999988887777"}}}, id="zone in another account"),
    ],
)
def test_the_estimate_is_a_little_more_than_the_template_has(more: dict[str, Any]) -> None:
    """It never lets pass what CloudFormation refuses, nor refuses what fits by far."""
    (label,) = more.get("domains", ["a"])
    content = {
        "account": "111122223333",
        "regions": ["ap-southeast-1"],
        "zones": {"example.com": ZONE},
    }
    domains = {"domains": [{"name": f"d{number}.{label}.example.com"} for number in range(30)]}
    environment = read_environment(yaml.safe_dump(content | more | domains, allow_unicode=True))
    sizes = {path: len(stack.text.encode()) for path, stack in synthesise(environment).items()}
    for plan in plan_stacks(environment):
        if plan.id.kind is StackKind.REGIONAL_DNS:  # outputs limit it long before
            continue
        estimate = sum(item.weigh(tags_bytes(environment)).bytes for item in plan.items)
        assert sizes[plan.id.path] - FRAME_BYTES < estimate < 7 / 6 * sizes[plan.id.path]
