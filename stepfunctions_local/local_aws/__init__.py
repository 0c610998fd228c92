"""DynamoDB and SQS on this computer, by ministack in a process of its own."""
