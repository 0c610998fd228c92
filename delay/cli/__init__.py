"""What a person types: `delay local`, `delay demo`."""
