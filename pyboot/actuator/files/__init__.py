"""What the application has in files: its log, and the list of what it is built of."""
