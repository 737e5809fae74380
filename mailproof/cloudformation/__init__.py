"""What CloudFormation has: stacks, their templates, and the identities and records in them."""
