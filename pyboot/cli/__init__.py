"""The command line `pyboot`; each command is imported when it is called."""
