"""Regions that have SES, and the hosts that SES uses in each."""

# AWS::SES::EmailIdentity in the CloudFormation registry schema of 2026-10, and me-south-1, which the SES API lists.
_SES_REGIONS = frozenset(
    [
        "af-south-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-5",
        "ca-central-1",
        "ca-west-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "us-gov-east-1",
        "us-gov-west-1",
    ]
)
# https://docs.aws.amazon.com/general/latest/gr/ses.html#ses_dkim_domains
_REGIONAL_DKIM_HOSTS = frozenset(
    [
        "af-south-1",
        "ap-northeast-3",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-5",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "il-central-1",
        "me-central-1",
        "us-gov-east-1",
    ]
)

SES_HOST_ZONE = "amazonses.com"
_FIRST_REGION = "us-east-1"


def ses_regions() -> frozenset[str]:
    """Return the regions that have SES."""
    return _SES_REGIONS


def dkim_host_zone(region: str) -> str:
    """Return the zone of a region's Easy DKIM hosts, what the API calls SigningHostedZone."""
    return f"dkim.{region}.{SES_HOST_ZONE}" if region in _REGIONAL_DKIM_HOSTS else f"dkim.{SES_HOST_ZONE}"


def dkim_host_zones() -> frozenset[str]:
    """Return the zones of all regions' Easy DKIM hosts."""
    return frozenset(map(dkim_host_zone, _SES_REGIONS))


def feedback_host(region: str) -> str:
    """Return the host that a MAIL FROM domain's MX record names."""
    return f"feedback-smtp.{region}.{SES_HOST_ZONE}"


def feedback_hosts() -> frozenset[str]:
    """Return the feedback hosts of all regions; SES accepts any of them, since one name may serve several regions."""
    return frozenset(map(feedback_host, _SES_REGIONS))


def mail_from_host(region: str) -> str:
    """Return the domain of envelope senders of mail without a MAIL FROM domain of its own."""
    return SES_HOST_ZONE if region == _FIRST_REGION else f"{region}.{SES_HOST_ZONE}"


def message_id_host(region: str) -> str:
    """Return the domain in the Message-ID of mail that a region sends."""
    return f"email.{SES_HOST_ZONE}" if region == _FIRST_REGION else f"{region}.{SES_HOST_ZONE}"
