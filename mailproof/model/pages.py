"""
Pages of the documentation, as messages name them.

By title, as in `mkdocs.yml`: an installed package has none of their files, and they have no public URL.
"""

_PAGE = "the documentation page '{}'"

DAY_TWO = _PAGE.format("Day two")
ENVIRONMENT_FILE = _PAGE.format("The environment file")
EXPORT = _PAGE.format("Records for another DNS provider")
MIGRATING = _PAGE.format("Migrating existing domains")
OWN_KEYS = _PAGE.format("Own DKIM keys")
PARKED_DOMAINS = _PAGE.format("Parked domains")
PERMISSIONS = _PAGE.format("Permissions")
RECEIVING = _PAGE.format("Domains that receive mail, and logos")
REGIONS = _PAGE.format("Regions")
REPLICAS = _PAGE.format("Replicas of a DKIM key")
ROLLOUT = _PAGE.format("Rollout")
WATCH = _PAGE.format("Scheduled checks")
