"""Deploys the application with the real sam: rehearsed in a local AWS, or verified on an account."""
