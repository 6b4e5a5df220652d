"""The parser of the command line: what each command is called with. Their work is imported when they are called."""
