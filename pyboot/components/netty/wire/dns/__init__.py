"""DNS without I/O: names, questions, records and whole messages, to bytes and back. Source: RFC 1035, 2181, 3597, 6891.

::

    reader      a stream of TCP to messages (two bytes of length in front of each)
    decoder     bytes to a message            encoder    a message to bytes, cut to what a datagram may have
      name        labels, pointers              name        and the places that pointers may go to
    message     queries and responses: questions, records, EDNS
      record      one record, and what the data of the commonest types says
      edns        the pseudo-record OPT
      code        types, classes, codes by their numbers
    errors      bytes of a peer that are no message

Laws. (1) A name is text as zone files write it, with the dot of the root behind it and every byte that is not plain text escaped
(``\\000``), so no NUL and no dot within a label can make two names look the same. (2) A pointer goes backwards, or it is refused: so no
name is without end. (3) Counts are believed only as far as there are bytes for them. (4) The data of a record stands by itself: names
in it that were compressed are written out, and only the types of RFC 1035 are compressed again (RFC 3597, 4).
"""
