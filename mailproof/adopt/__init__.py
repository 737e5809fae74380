"""Import existing identities and records into stacks."""
