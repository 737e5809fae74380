"""What this machine has of what mailproof needs: programs, credentials, a resolver, a clock, a folder."""
