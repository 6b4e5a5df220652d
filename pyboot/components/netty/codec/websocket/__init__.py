"""WebSocket in a pipeline: its codec, and the handlers that open, keep and close a connection.

::

    while the connection opens                               once it is open
    HttpServerCodec                                          WebSocketFrameCodec           bytes and frames
    WebSocketServerProtocolHandler   -- 101, replaced -->    WebSocketProtocolHandler      pings, pongs and closes
    your handlers                                            your handlers                 text and binary frames, and what they write

A client's pipeline is the same with `HttpClientCodec` and `WebSocketClientProtocolHandler`. What the connection is at the moment stands in
the pipeline, so no handler asks for each message whether the handshake is over.
"""
