"""STOMP without I/O: frames of both roles, their escapes, and what both sides agree upon for heart-beats. Source: STOMP 1.2.

::

    reader      bytes to frames          writer      frames to bytes
      escape      what headers hold        escape
    frame       a command, headers, a body      heartbeat   how often which side says something
    config      the limits                      errors
"""
