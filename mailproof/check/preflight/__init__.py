"""What stands in the way of a deploy: facts read before it, and rules that judge them."""
