"""Controllers: beans whose methods answer requests, with FastAPI's router inside."""
