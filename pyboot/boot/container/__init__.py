"""From the checked graph to objects: providers, scopes, creation, teardown, events, and the context that owns them."""
