"""Route 53: hosted zones, record sets, and their CloudFormation resources."""
