"""Takes what exists already into stacks, and removes what stacks have left behind."""
