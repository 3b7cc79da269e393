"""The library followed, assessed and inspected, in the database itself."""
