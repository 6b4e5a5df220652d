"""Redis without I/O: RESP2 and RESP3, of both roles. Source: the Redis serialization protocol specification.

::

    reader      bytes to messages, or to their parts; what breaks the protocol refused       writer    messages to bytes
      aggregate   parts joined to messages: depth, elements, attributes
      number      the numbers of a line, strictly
    message     every kind of message, and the parts of those that come in parts
    inline      a command as a person types it                config    the limits                errors
"""
