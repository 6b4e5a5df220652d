"""The graph: finds what each bean needs and which bean offers it, and checks that the whole can be made, and in which order."""
