"""Clients of HTTP as beans; imported where an application asks for one."""
