"""
An embedded AWS for trying and testing, on loopback only: SES, Route 53, CloudFormation and a DNS server in one process.

It is built on ministack and adds what a sending domain needs: identities whose state follows DNS, record batches that
are checked as Route 53 checks them, outputs read across accounts and regions, faults on demand.
"""

from mailproof.localaws.process.client import LocalAws, running

__all__ = ["LocalAws", "running"]
