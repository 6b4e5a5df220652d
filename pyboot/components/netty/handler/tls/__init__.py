"""TLS in the pipeline, on any transport: contexts, the handler, names of servers, protocols above."""
