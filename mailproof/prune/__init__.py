"""Remove stacks and identities that no environment file asks for any more."""
