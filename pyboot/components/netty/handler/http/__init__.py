"""Ready-made handlers of HTTP, for any of its versions: they stand behind a codec and see its objects.

::

    codec ── access log ── compressor ── cors ── static files ── yours

What a handler learns of a request it needs when the response to it leaves, and several requests may wait for theirs: `requests` keeps that
in order, once for all of them.
"""
