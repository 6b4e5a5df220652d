"""Finding what the user wrote: the application class, the labelled things in its package, and what starters bring along."""
