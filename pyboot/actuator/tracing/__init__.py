"""Tracing by OpenTelemetry's API: spans of requests and of messages. Imported where `management.tracing` asks for it.

What is sampled, and where spans go, is the SDK's business, which the application sets up; without one the API does nothing.
"""
