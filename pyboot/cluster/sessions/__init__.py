"""Sessions: which channel of which node a user or a device has."""
