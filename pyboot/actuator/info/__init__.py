"""Info: facts of the application, told by contributors that are beans."""
