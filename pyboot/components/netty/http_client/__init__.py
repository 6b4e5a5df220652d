"""A client of HTTP: requests by URL over pools of connections, with their redirects, timeouts, limits and proxies.

::

    client        what programs call: request, get, post, ..., stream
      sending       one request until its answer: redirects, retries
        redirect      where a request goes from here, and what of it may go there
        pool          connections by their route: limits, idle ones, who waits
          connector     from a route to a connection: TCP or Unix, TLS, proxies, tunnels
            connection    a handler: one exchange at a time, and whether another may follow
    request, response, content     a request as it is sent, a response as it comes
    url, proxy, limits, timeouts, errors

What one file does not know is in those above it: a connection has no pool, a pool opens nothing, a redirect is decided without I/O.
"""
