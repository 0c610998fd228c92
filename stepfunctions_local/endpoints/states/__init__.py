"""The Step Functions API: one file for each kind of resource."""
