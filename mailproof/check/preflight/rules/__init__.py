"""The rules, one file per subject; `mailproof.check.preflight.catalogue` lists them in their order."""
