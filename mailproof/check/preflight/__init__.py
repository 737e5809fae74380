"""Facts read before a deployment, and rules that judge what blocks it."""
