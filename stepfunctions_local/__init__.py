"""Step Functions and Lambda endpoints for one machine, without Docker and without an AWS account."""
