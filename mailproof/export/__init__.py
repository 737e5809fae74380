"""The DNS records of sending domains, in the forms that other tools and people read."""
