"""The clients of an application: connections that it opens, and that come back by themselves. Imported where there are some."""
