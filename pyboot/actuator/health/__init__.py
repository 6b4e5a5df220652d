"""Health: how the application is, told by indicators that are beans."""
