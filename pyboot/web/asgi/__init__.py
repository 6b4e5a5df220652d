"""The ASGI 3 host: applications of any framework, served from a pipeline."""
