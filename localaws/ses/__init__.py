"""SES: identities, their state as it follows from DNS, and the CloudFormation resource."""
