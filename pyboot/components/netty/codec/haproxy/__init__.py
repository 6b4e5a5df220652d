"""The PROXY protocol as messages, for pipelines that want the header itself; `handler.proxy_protocol` puts it to use.

`HAProxyMessageDecoder` makes a message of the header of a connection, and leaves; `HAProxyMessageEncoder` writes it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .decoder import HAProxyMessageDecoder as HAProxyMessageDecoder
    from .encoder import HAProxyMessageEncoder as HAProxyMessageEncoder
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
