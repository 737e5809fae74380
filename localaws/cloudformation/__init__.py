"""CloudFormation: outputs read across stacks, and resources found by their physical id."""
