"""The process environment that ministack reads while it is imported."""

import os

# Each of these would open a port, read a file outside, talk to another host or change whose account a key is.
_UNWANTED = (
    "AUTH",
    "EDGE_PORT",
    "LOCALSTACK_PERSISTENCE",
    "MINISTACK_ACCOUNT_ID",
    "MINISTACK_REGION",
    "PERSIST_STATE",
    "S3_PERSIST",
    "SMTP_HOST",
    "USE_SSL",
)
# What a deployment of sending domains calls. ministack has two hundred more, some of which run code or open ports.
SERVICES = (
    *("cloudformation", "ecr", "iam", "kms", "route53", "s3", "secretsmanager", "ses", "ssm", "sts"),
    *("sns", "sqs"),  # of a watch, and of who listens to it
    "apigateway",  # answers MTA-STS policies
)
_WANTED = {
    "SERVICES": ",".join(SERVICES),
    "MINISTACK_HOST": "127.0.0.1",
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    # No such socket, so that no container of the user is ever looked at (ministack removes its left-overs).
    "DOCKER_HOST": "unix:///nonexistent/localaws-uses-no-containers.sock",
}


def prepare_environment(port: int, *, log_level: str = "CRITICAL") -> None:
    """
    Set what ministack reads at import; call it before anything imports `mailproof.localaws.upstream`.

    Args:
        port: The port of the endpoint, which ministack writes into the addresses that it hands out.
        log_level: Level of ministack's log. It logs each failed resource, which the stack events show as well.
    """
    for name in _UNWANTED:
        os.environ.pop(name, None)
    os.environ.update(_WANTED)
    os.environ["GATEWAY_PORT"] = str(port)
    os.environ["LOG_LEVEL"] = log_level
