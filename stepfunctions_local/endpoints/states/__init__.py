"""The Step Functions API: a file for each kind of resource."""
