"""Methods: pure functions. Numbers and arrays in, results out; nothing here reads or draws."""
