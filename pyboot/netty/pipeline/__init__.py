"""What pipelines are made of: codecs by name, their options, the order of handlers, and the check of the whole."""
