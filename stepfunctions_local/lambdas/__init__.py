"""Worker processes that run a build's functions with AWS's own runtime interface client."""
