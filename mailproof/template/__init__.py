"""CloudFormation templates and cloud assemblies, written and read in one vocabulary."""
