"""The built-in endpoints, one a file, called by its id; those that are not exposed are not imported."""
