"""Discovery: finds the application class, the labelled classes and functions in its package, and the auto-configurations."""
