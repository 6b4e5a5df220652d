"""Pipelines: codecs by name, their options, the order of handlers, and the check of the whole before anything is bound."""
