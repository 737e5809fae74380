"""ContinueUpdateRollback as the CDK's command line calls it."""

from typing import Any

from mailproof.localaws.upstream import handlers

ACTION = "ContinueUpdateRollback"
_continue_upstream = handlers._ACTION_HANDLERS[ACTION]


def continue_update_rollback(params: dict[str, Any]) -> Any:
    """
    Answer ContinueUpdateRollback.

    An empty list of resources to skip, which `cdk rollback` sends, is written as a member without a value: ministack
    takes it for a resource without a name, and refuses it.
    """
    skipped = params.get("ResourcesToSkip")
    if skipped in ("", [""], []):
        params = {key: value for key, value in params.items() if key != "ResourcesToSkip"}
    return _continue_upstream(params)
