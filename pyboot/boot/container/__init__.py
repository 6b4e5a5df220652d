"""The container: makes objects of a checked graph, keeps them in scopes, hands events around, and destroys them in order."""
