"""What stands for the dumps of a JVM: the stacks of threads and tasks, and what the memory is full of."""
