"""What people and programs see of a report."""
