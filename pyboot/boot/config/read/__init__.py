"""Reading: files, variables and arguments become trees of settings, and the ordered sources of them are asked by key."""
