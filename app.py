#!/usr/bin/env python3
"""The CDK app: environments/*.yaml in, one Stage per environment out."""

from mailproof.stacks.main import main

main()
