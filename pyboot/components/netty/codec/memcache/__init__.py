"""memcache in a pipeline: the binary and the text protocol, for servers and clients.

::

    bytes  -->  BinaryMemcacheServerCodec  -->  BinaryMemcacheRequest       TextMemcacheServerCodec  -->  TextMemcacheRequest
    bytes  <--                             <--  BinaryMemcacheResponse                               <--  TextMemcacheResponse

The codecs of clients are the same with requests and responses the other way round. Messages are whole: values have a limit.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.wire.memcache.binary_message import (
        BinaryMemcacheMessage as BinaryMemcacheMessage,
        BinaryMemcacheOpcode as BinaryMemcacheOpcode,
        BinaryMemcacheRequest as BinaryMemcacheRequest,
        BinaryMemcacheResponse as BinaryMemcacheResponse,
        BinaryMemcacheStatus as BinaryMemcacheStatus,
    )
    from pyboot.components.netty.wire.memcache.config import MemcacheDecoderConfig as MemcacheDecoderConfig
    from pyboot.components.netty.wire.memcache.errors import (
        CorruptedMemcacheMessageError as CorruptedMemcacheMessageError,
        MemcacheLimitError as MemcacheLimitError,
    )
    from pyboot.components.netty.wire.memcache.text_message import (
        TextMemcacheMessage as TextMemcacheMessage,
        TextMemcacheRequest as TextMemcacheRequest,
        TextMemcacheResponse as TextMemcacheResponse,
    )

    from .codec import (
        BinaryMemcacheClientCodec as BinaryMemcacheClientCodec,
        BinaryMemcacheServerCodec as BinaryMemcacheServerCodec,
        TextMemcacheClientCodec as TextMemcacheClientCodec,
        TextMemcacheServerCodec as TextMemcacheServerCodec,
    )
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
