"""The protocols that a server offers by ALPN: those that its pipeline speaks. Imported where a server has TLS. No I/O here."""

import logging
from collections.abc import Sequence

from .errors import AssemblyError
from .pipeline.plan import speaks_http2
from .pipeline.steps import Step
from .properties import TlsProperties

_log = logging.getLogger("pyboot.netty")


def offering(owner: str, tls: TlsProperties, steps: Sequence[Step]) -> TlsProperties:
    """Return *tls* with the protocols that the pipeline of *steps* speaks, where they are known and it names none.

    Raises:
        UnspokenProtocolError: it offers HTTP/2, which a client would then speak, and the pipeline does not.
    """
    of_http = [step for step in steps if step.codec is not None and step.codec.name == "http-server"]
    if not of_http:
        return tls
    is_spoken = speaks_http2(of_http[0].stands)
    if not tls.alpn:
        return tls.model_copy(update={"alpn": ["h2", "http/1.1"]}) if is_spoken else tls
    if is_spoken and "h2" not in tls.alpn:
        _log.warning("%s: http2 is enabled, and tls.alpn, %s, does not offer h2: no client will speak it over TLS", owner, tls.alpn)
    elif not is_spoken and "h2" in tls.alpn:
        raise UnspokenProtocolError(owner, tls.alpn)
    return tls


class UnspokenProtocolError(AssemblyError):
    """The TLS of *owner* offers h2 among the protocols *alpn*, and what stands behind it speaks HTTP/1.1 alone."""

    code = "PB-N015"
    owner: str
    alpn: Sequence[str]

    def __str__(self) -> str:
        return f"The setting tls.alpn of {self.owner} offers {', '.join(self.alpn)}, and its pipeline does not speak HTTP/2."

    @property
    def action(self) -> str:
        """The two ways out."""
        return "Set http2.enabled=true of the server, or leave h2 out of tls.alpn: a client that is promised h2 speaks nothing else."
