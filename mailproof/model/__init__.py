"""Names, regions, records and the environment file of a sending domain. Pure: no I/O, no AWS, no CDK."""
