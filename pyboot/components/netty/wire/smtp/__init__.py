"""SMTP without I/O, of both roles: commands, replies, and content with its dots. Source: RFC 5321.

::

    message           commands, replies, content
    request_reader    a server's: command lines, and content to its lonely dot
    response_reader   a client's: replies of one line or several
    writer            commands, replies and content to bytes
    errors            lines of a peer that are none

The law against smuggling: a line ends with CR LF, and with nothing else, in commands and in content. Whoever takes a bare LF for the end
of a line, or hands one on to somebody who does, lets the content of one mail become the commands of another (CVE-2023-51764 and its like);
so a bare CR or LF is refused in both directions, and nothing is mended.
"""
