"""The files that `cdk import` is given."""

import json
from pathlib import Path

from mailproof.adopt.import_files import ASSEMBLY, write_import_files
from mailproof.template.cloud_assembly import read_assembly
from tests.adopt.world import NAME, AdoptWorld

STACK = "prod/ses-us-east-1"


def test_the_mapping_and_a_template_of_what_is(world: AdoptWorld, tmp_path: Path) -> None:
    """The assembly is copied, what differs stands in it as it is, all is kept, and the assembly given stays."""
    world.make_identity()
    source, plan = world.synthesise(), world.plan()
    before = read_assembly(source, NAME)[STACK].template
    [(stack, mapping)] = write_import_files(source, tmp_path / "out", NAME, plan.adoptions)
    [found] = plan.adoptions
    assert stack.path == STACK
    assert mapping == tmp_path / "out" / "prod-ses-us-east-1.json"
    assert json.loads(mapping.read_text()) == {found.logical_id: {"EmailIdentity": world.zone}}
    after = read_assembly(tmp_path / "out" / ASSEMBLY, NAME)[STACK].template
    changed = {name for name in after["Resources"] if after["Resources"][name] != before["Resources"][name]}
    assert changed == {found.logical_id}
    resource = after["Resources"][found.logical_id]
    assert resource["Properties"] == {"EmailIdentity": world.zone}
    assert resource["DeletionPolicy"] == "Retain"
    assert read_assembly(source, NAME)[STACK].template == before
