"""Remove identities that no environment file lists any more."""
