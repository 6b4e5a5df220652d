"""The web room, and what an application imports: controllers, filters, problems, and the host of ASGI applications."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .annotations import (
        ControllerAdvice as ControllerAdvice,
        DeleteMapping as DeleteMapping,
        ExceptionHandler as ExceptionHandler,
        GetMapping as GetMapping,
        PatchMapping as PatchMapping,
        PostMapping as PostMapping,
        PutMapping as PutMapping,
        RequestMapping as RequestMapping,
        RestController as RestController,
        WebSocketMapping as WebSocketMapping,
    )
    from .asgi.exchange import ClientDisconnectedError as ClientDisconnectedError
    from .asgi.forwarded import TrustedProxies as TrustedProxies
    from .asgi.handler import AsgiHandler as AsgiHandler
    from .controllers.filter import HttpFilter as HttpFilter
    from .errors import WebError as WebError
    from .host import AsgiHost as AsgiHost
    from .problem import ProblemDetail as ProblemDetail, ProblemDetailError as ProblemDetailError
    from .properties import WebProperties as WebProperties
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
