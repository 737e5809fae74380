"""The rules, one file a subject. Within a file they stand in the order in which they are tried."""
