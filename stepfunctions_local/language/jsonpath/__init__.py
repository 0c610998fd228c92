"""JSONPath: paths, intrinsic functions, and states whose data flow by them."""
