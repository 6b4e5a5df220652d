"""Turning a failure into advice: what happened, in the user's terms, and what to do about it."""
