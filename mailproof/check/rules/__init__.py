"""The rules, one file per subject; `mailproof.check.catalogue` lists them in the order in which they are tried."""
