"""The calls that Task states make to other services: HTTP on its way out."""
