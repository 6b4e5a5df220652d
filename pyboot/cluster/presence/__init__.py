"""Presence: who is there in a topic, on whichever node."""
