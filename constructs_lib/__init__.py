"""Reusable AWS CDK constructs for authenticated sending domains on Amazon SES."""

from constructs_lib.domain_records import DomainRecords
from constructs_lib.sending_domain import SendingDomain
from constructs_lib.zone import HostedZoneReference

__all__ = ["DomainRecords", "HostedZoneReference", "SendingDomain"]
