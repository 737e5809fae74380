"""API Gateway, which answers MTA-STS policies under custom domain names."""

from typing import Any

from mailproof.live.aws.members import required


def fetch_domain_target(client: Any, host: str) -> str:
    """
    Return where the CNAME of a custom domain name is to point.

    Args:
        client: boto3's for `apigateway`.
        host: The custom domain name.

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_DomainName.html
    """
    return required(client.get_domain_name(domainName=host), "regionalDomainName", str)
