"""The engine ``redis``: Redis from 6.2 on, or Valkey, over one connection for messages and tables.

::

    engine        what the interface asks for, in commands and scripts
      connection    one connection: who we are, answers in their time, messages of channels
        target        where the server is: an address, or what sentinels say
      scripts       what has to be atomic, in Lua        rows    an owner of a key as bytes
    properties    the settings below cluster.redis
"""
