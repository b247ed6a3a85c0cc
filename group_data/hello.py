"""Hello's values, the same for every inventory."""

hello_ref = "main"
