"""Run the CDK app. What reads the files is imported while Node starts: the two take as long as all the rest."""

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread

import jsii  # noqa: F401 -- has what both threads import: a module can be seen while it is half imported

from mailproof.exit_codes import INTERRUPTED, USAGE

# They would show one line of ours for every resource. `cdk --debug` captures them all the same.
NO_CREATION_STACKS = {"aws:cdk:disable-creation-stack-traces": True}


def main() -> None:
    """Synthesise; exit 2 with every problem on standard error if the environment files cannot be used."""
    try:
        _synthesise()
    except KeyboardInterrupt:  # whoever has run the app says so
        sys.unraisablehook = lambda _: None  # jsii, whose Node was interrupted too, fails to end it, and tidies up
        sys.exit(INTERRUPTED)


def _synthesise() -> None:
    # jsii has Node load the CDK from a folder that is new each time: what is kept there is never found again.
    os.environ.pop("NODE_COMPILE_CACHE", None)
    gc.disable()  # of what a fleet is made of, nothing is garbage before the end
    ahead = Thread(target=_import_ahead)
    ahead.start()
    from mailproof.stacks.new_app import new_app  # noqa: PLC0415 -- starts Node

    app = new_app(stack_traces=False, context=NO_CREATION_STACKS)
    ahead.join()
    from mailproof.model.errors import MailproofError  # noqa: PLC0415 -- not before Node starts
    from mailproof.model.safe_text import join_lines  # noqa: PLC0415 -- as above
    from mailproof.stacks.app import build_app  # noqa: PLC0415 -- as above

    try:
        build_app(app).synth()
    except MailproofError as err:
        with suppress(OSError):  # the App has made its folder; what another run has left in it stays
            Path(app.outdir).rmdir()
        sys.stderr.write(join_lines(*err.lines))
        sys.exit(USAGE)
    gc.freeze()  # Python would look through all of it once more as it ends


def _import_ahead() -> None:
    with suppress(Exception):  # it is imported again where it is used, which tells what is wrong
        import_module("mailproof.environments")
