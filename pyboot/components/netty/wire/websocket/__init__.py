"""WebSocket without I/O: frames of both roles, the opening and the closing handshake, permessage-deflate. Source: RFC 6455 and 7692.

::

    reader      bytes to frames, and what breaks the protocol refused       writer    frames to bytes
      mask  utf8                                                              mask
    handshake   a request, its answer, and whether they fit together
      extension  deflate
    state       who has sent a close                                        close_status   and why
    frame       the six kinds
"""
