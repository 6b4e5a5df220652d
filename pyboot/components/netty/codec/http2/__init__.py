"""HTTP/2 in a pipeline: the codec of a connection, and a channel of its own for each stream."""
