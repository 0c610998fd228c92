"""Schedule, find and cancel delayed tasks on AWS Step Functions."""
