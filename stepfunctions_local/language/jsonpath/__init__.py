"""JSONPath: paths, intrinsic functions, payload templates, and the data flow made of them."""
