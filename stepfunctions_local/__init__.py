"""Local Step Functions and Lambda endpoints, without Docker and without an AWS account."""
