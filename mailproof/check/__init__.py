"""Rules that judge facts and return findings."""

from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, Severity
from mailproof.check.run import check_environment
from mailproof.check.selection import Selection

__all__ = ["CheckReport", "CheckedIdentity", "Finding", "Selection", "Severity", "check_environment"]
