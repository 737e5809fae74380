"""GetTemplate: a letter outside ASCII comes back as a question mark, as CloudFormation has it."""

from typing import Any

from mailproof.localaws.upstream import handlers

ACTION = "GetTemplate"
_get_upstream = handlers._ACTION_HANDLERS[ACTION]


def get_template(params: dict[str, Any]) -> Any:
    """
    Answer GetTemplate.

    The CDK's command line reckons with it when it compares templates: aws-cdk#10523.
    """
    status, headers, body = _get_upstream(params)
    return status, headers, body.decode().encode("ascii", "replace")
