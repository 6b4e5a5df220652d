"""Diagnostics: turns a failure into advice, which says what happened in the user's terms and what to do about it."""
