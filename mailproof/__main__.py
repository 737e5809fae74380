"""`python -m mailproof`: the same as the command `mailproof`."""

from mailproof.cli import main

main()
