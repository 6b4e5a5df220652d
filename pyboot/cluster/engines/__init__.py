"""The engines: what carries messages between nodes, each in a folder of its own; one is imported where a setting names it."""
