"""HTTP/1.1 and 1.0 without I/O (RFC 9112): a reader and a writer for each role, and what ties the two directions of a connection together.

::

    config     limits, and each leniency by its name
    state      laws and table of one direction        exchange   which requests wait for their response
    fields     a block of header fields, checked       target     what a request may ask for, and of whom
    framing    where the content of a message ends
    reader     bytes to messages                       writer     messages to bytes
"""
