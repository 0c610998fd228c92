"""Access to AWS: boto3 clients, translated errors, and the outputs of a deployed stack."""
