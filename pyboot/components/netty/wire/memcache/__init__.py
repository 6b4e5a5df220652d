"""memcache without I/O: the binary and the text protocol, of both roles. Source: memcached's protocol.txt and its binary protocol.

::

    binary_reader   bytes to messages     binary_message   a request, a response     binary_writer   messages to bytes
    text_reader     the same of lines     text_message                               text_writer
    config          the limits of all     errors
"""
