"""Reading: files, variables and arguments become trees of settings, and the ordered sources are asked by key."""
