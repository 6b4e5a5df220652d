"""Binding: a tree of settings becomes one checked object, and names that nobody knows are reported."""
