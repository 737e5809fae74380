"""`python -m mailproof.stacks`: the CDK app, where a folder has none of its own."""

from mailproof.stacks.main import main

main()
