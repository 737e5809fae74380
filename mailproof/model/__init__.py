"""What a sending domain needs: names, regions, records and the environment file. Pure: no I/O, no AWS, no CDK."""
