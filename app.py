#!/usr/bin/env python3
"""The CDK app: environments/*.yaml in, one Stage per environment out."""

from stacks.main import main

main()
