"""Names of the CloudFormation resource types that mailproof deploys."""

IDENTITY = "AWS::SES::EmailIdentity"
RECORD_SET = "AWS::Route53::RecordSet"
RECORD_SET_GROUP = "AWS::Route53::RecordSetGroup"
