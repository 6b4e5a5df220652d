"""HTTP/2 without I/O (RFC 9113, RFC 7541): one machine for both roles, and the parts that it is made of.

::

    connection     frames in, frames out: what each means for the connection, and what has to be answered
      heads          fields become `Http2Headers`, checked, and `Http2Headers` fields
      streams        which streams there are; state: laws and table of one stream
      flow           the windows of both directions        limits     what a peer may do how often, and what ends it
      reader         bytes to frames of any kind           writer     frames to bytes
      hpack_decoder  hpack_encoder  header_table  huffman  header blocks
    frame          what handlers read and write
    config  settings  errors
"""
