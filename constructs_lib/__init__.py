"""Reusable AWS CDK constructs for authenticated sending domains on Amazon SES."""

from mailproof.constructs_lib.domain_records import DomainRecords
from mailproof.constructs_lib.sending_domain import SendingDomain
from mailproof.constructs_lib.zone import HostedZoneReference

__all__ = ["DomainRecords", "HostedZoneReference", "SendingDomain"]
