"""Write what a repository of its own needs to deploy with mailproof, and nothing more."""
