"""Values from outside: sources, placeholders, the environment, and their binding to typed classes."""
