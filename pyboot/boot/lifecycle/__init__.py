"""Start and stop: phases, events, signals, and how long the process has been running."""
