"""The nouns that every other package of the container shares: labels, keys, scopes, definitions."""
