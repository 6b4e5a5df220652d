"""The check of a pipeline as a whole, before anything is bound: which handler gives which messages to which. Pure: steps in, problems out.

Theory of operation. What the network gives, a `ByteBuffer`, goes through the handlers from the first to the last, and each makes of the
kind that came in the kind that goes on (`flow.Way`). A handler that gets everything must be able to take what comes; one that chooses must
find something to choose. On the way out each message that the source of a handler shows it to write (`source`) goes back from there, and
must be of bytes where the network is. Where nothing is known nothing is said (`kinds`), and behind a mistake nothing follows from it.
"""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from .bridges import between, encoder_for, giving, instead_of
from .callbacks import class_problems
from .flow import Way, answers_by_itself, changes_pipeline, inbound, outbound, takes_messages
from .kinds import ANY, BUFFER, BYTES_LIKE, DATAGRAM, ENVELOPE, SENT, Kind, is_settled
from .problem import Problem, Standing
from .source import SAME, Written, seen_in
from .steps import Step

_TEXT = Kind((str,))


def check_pipeline(owner: str, steps: Iterable[Step], network: Kind = BUFFER, *, answers: bool = True) -> list[Problem]:
    """Return everything that is wrong with the pipeline of *owner*, ``the server 'echo'``.

    Fatal problems are certain; the others are worth a look.

    Args:
        owner: whose pipeline it is, as reports call it.
        steps: what stands in it, from the network inwards.
        network: what the transport gives: buffers by default, `DatagramPacket` for UDP.
        answers: whether somebody must take what comes in, as in a server; a client may only write.
    """
    standing = [Standing(handler, step.codec) for step in steps for handler in step.stands]
    seen: dict[type[Any], Standing] = {each.type: each for each in standing}
    in_classes = [problem for each in seen.values() for problem in class_problems(owner, each)]
    misfits = [*_on_the_way_in(owner, standing, network), *_asked_in_vain(owner, standing, network)]
    return [
        *in_classes,
        *(misfits or [*_cut(owner, standing, network), *_in_pieces(owner, standing, network), *_out_of_reach(owner, standing)]),
        *_on_the_way_out(owner, standing, network),
        *(_swallowing(owner, standing) if answers and not in_classes else ()),
    ]


_NEEDS_FRAMES = {"JsonDecoder", "MessagePackDecoder", "ProtobufDecoder", "Base64Decoder"}


class _Flowing(NamedTuple):
    """A kind on its way in, who gave it, and what that one got."""

    kind: Kind
    giver: Standing | None
    before: Kind


def _flows(standing: Sequence[Standing], network: Kind) -> Iterator[tuple[Standing, Way, _Flowing]]:
    """Each handler with what it does on the way in, and what comes to it."""
    flowing = _Flowing(network, None, network)
    for each in standing:
        way = inbound(each.handler)
        yield each, way, flowing
        if not way.is_open and not (way.made is SAME and not way.chooses):
            made = way.passed(flowing.kind) if _is_right(way, flowing.kind) else ANY
            flowing = _Flowing(made, each, flowing.kind)


def _is_right(way: Way, kind: Kind) -> bool:
    """Tell whether *kind* can come to a handler of this *way*: it takes that, or would make nothing else of it."""
    return way.is_open or way.takes(kind) or (way.chooses and way.made.is_known and bool(way.made.types) and kind.fits(way.made))


def _on_the_way_in(owner: str, standing: Sequence[Standing], network: Kind) -> Iterator[Problem]:
    for each, way, flowing in _flows(standing, network):
        if not _is_right(way, flowing.kind):
            giver = "the network" if flowing.giver is None else str(flowing.giver)
            text = f"{each} takes {way.taken}, but {giver} in front of it gives {flowing.kind}."
            yield Problem(owner, text, _remedy(each, way, flowing, is_client=owner.startswith("the client")))


def _asked_in_vain(owner: str, standing: Sequence[Standing], network: Kind) -> Iterator[Problem]:
    """Handlers that ask their message for what it does not have: ``msg.decode()`` of a buffer, or of text."""
    for each, way, flowing in _flows(standing, network):
        types = (
            flowing.kind.types if flowing.giver is None or flowing.giver.is_of_library else None
        )  # a user's may derive from what it says
        if each.is_of_library or not types or not _is_right(way, flowing.kind) or not all(map(is_settled, types)):
            continue
        for noted in seen_in(each.type).asks:
            if not any(hasattr(kind, noted.name) for kind in types):
                text = f"{each} asks its message for .{noted.name} ({noted.origin}), which {flowing.kind} does not have."
                made = giving(flowing.kind, noted.name)
                insert = "Ask for what it has" if made is None else f"Insert {made} in front of {_name(each)}, or ask for what it has"
                yield Problem(owner, text, f"{insert}: {flowing.kind} comes there.")
                break


def _remedy(each: Standing, way: Way, flowing: _Flowing, *, is_client: bool) -> str:
    """Return the advice: what to insert between the two, what to swap, or what to take instead."""
    giver = flowing.giver
    if giver is not None and way.chooses and way.takes(flowing.before) and inbound(giver.handler).takes(way.made):
        return f"Put {_name(each)} in front of {_name(giver)}."
    instead = "" if way.chooses else f", or let {each.type.__name__} take what comes: {_form(each.type)}[{flowing.kind}]"
    if giver is not None and way.takes(flowing.before) and not flowing.kind.chosen(BYTES_LIKE):
        return f"Leave {_name(giver)} out{f', or put it behind {_name(each)}' if way.chooses else instead}."
    offered = between(flowing.kind, way, is_client=is_client)
    if offered:
        return f"Insert {' and '.join(offered)} in front of {_name(each)}{instead}."
    model = next((want for want in way.taken.types or () if hasattr(want, "model_fields")), None)
    if model is not None:
        of_class = f"{{'type': '{model.__module__}:{model.__qualname__}'}}"
        if giver is not None and giver.codec is not None and giver.codec.name.startswith("json"):
            return f"Say the class: {{'{giver.codec.name}': {of_class}}}{instead}."
        if flowing.kind.chosen(BYTES_LIKE | _TEXT):
            return f"Insert {{'json': {of_class}}} in front of {_name(each)}{instead}."
    decoder = f"a MessageToMessageDecoder[{flowing.kind}, {way.taken}]"
    return f"Insert {decoder} in front of {_name(each)}{instead}."


def _cut(owner: str, standing: Sequence[Standing], network: Kind) -> Iterator[Problem]:
    """Handlers that want whole messages where the stream is cut anywhere, and streams that are cut twice; either may be meant."""
    is_cut, cutter = network != BUFFER, None
    for each in standing:
        way = inbound(each.handler)
        if not is_cut and _NEEDS_FRAMES & {base.__name__ for base in each.type.__mro__}:
            text = f"{each} wants whole messages, and nobody in front of it cuts the stream: one read may bring half of one."
            yield Problem(owner, text, f"Insert 'line' or 'length-field' in front of {_name(each)}.", is_fatal=False)
            is_cut = True
        if cutter is not None and cutter.type is each.type and each.type.makes_frames and each.is_of_library:
            text = f"{each} stands twice, one behind the other: the second gets what the first has cut, and finds no end in it."
            yield Problem(owner, text, f"Leave one {_name(each)} out.", is_fatal=False)
        if each.type.makes_frames is not None:
            is_cut, cutter = each.type.makes_frames, each
        elif not way.is_open and not each.is_of_library:
            is_cut, cutter = True, None  # it may collect them itself


def _in_pieces(owner: str, standing: Sequence[Standing], network: Kind) -> Iterator[Problem]:
    """Handlers that want whole messages of HTTP where they come in pieces; a peer that sends none with content never shows it."""
    for each, way, flowing in _flows(standing, network):
        whole, given = ({kind.__name__ for kind in side.types or ()} for side in (way.taken, flowing.kind))
        if (
            not way.chooses
            and whole
            and whole <= {"FullHttpRequest", "FullHttpResponse"}
            and {name.removeprefix("Full") for name in whole} & given
        ):
            text = f"{each} takes {way.taken}, but {flowing.giver} in front of it gives {flowing.kind}: one with content comes in pieces."
            yield Problem(owner, text, f"Insert 'http-aggregator' in front of {_name(each)}.", is_fatal=False)


def _out_of_reach(owner: str, standing: Sequence[Standing]) -> Iterator[Problem]:
    """Handlers behind one that passes nothing on; each may be meant for later, so it is only told."""
    for at, each in enumerate(standing):
        if each.is_of_library or not seen_in(each.type).ends:
            continue
        behind = next((other for other in standing[at + 1 :] if not inbound(other.handler).is_open), None)
        if behind is not None:
            text = f"{behind} never gets a message: {each} in front of it passes none on."
            remedy = f"Call ctx.fire_channel_read(msg) in {_name(each)}.channel_read, or put {_name(behind)} in front of it."
            yield Problem(owner, text, remedy, is_fatal=False)
            return


def _on_the_way_out(owner: str, standing: Sequence[Standing], network: Kind) -> Iterator[Problem]:
    places = list(_flows(standing, network))
    for at, (each, way, flowing) in enumerate(places):
        if not each.is_of_library:
            for written in seen_in(each.type).writes:
                kind = written.kind
                if kind is SAME:
                    kind = way.taken if way.taken.is_known and not way.is_open else flowing.kind
                start = len(standing) if written.by_channel else at
                yield from _sent(owner, standing, each, written._replace(kind=kind), start, network)


def _sent(owner: str, standing: Sequence[Standing], writer: Standing, written: Written, start: int, network: Kind) -> Iterator[Problem]:
    """Follow a message on its way to the network."""
    kind = written.kind
    for each in reversed(standing[:start]):
        way = outbound(each.handler)
        if not way.takes(kind) and not way.chooses:
            text = f"{writer} writes {kind} ({written.origin}), but {each} in front of it takes {way.taken} in its write."
            yield Problem(owner, text, f"Write {way.taken}, or put what makes it of {kind} between the two.")
            return
        kind = way.passed(kind)
        if not kind.is_known:
            return
    if kind.chosen(SENT if network == BUFFER else ENVELOPE):
        return
    if network == DATAGRAM and kind.chosen(BYTES_LIKE):
        if not any(_connects(each.type) for each in standing):
            text = f"{writer} writes {kind} ({written.origin}), which says nobody to send it to: datagrams come from many."
            yield Problem(owner, text, "Write DatagramPacket(content, recipient): the sender of the message that came, say.")
        return
    text = f"{writer} writes {kind} ({written.origin}), which nobody in front of it turns into bytes."
    late = next((each for each in standing[start:] if outbound(each.handler).chooses and outbound(each.handler).takes(kind)), None)
    if late is not None and late is not writer and not outbound(late.handler).is_open:
        remedy = f"{_name(late)} stands behind it, where its writes do not come: put it in front of {_name(writer)}."
    else:
        encoders = (instead_of(kind, each.type.__name__) for each in reversed(standing[:start]) if each.is_of_library)
        instead = next(filter(None, encoders), None)
        remedy = f"Insert {encoder_for(kind)} in front of {_name(writer)}." if instead is None else f"Write {instead}."
    yield Problem(owner, text, remedy)


def _connects(cls: type[Any]) -> bool:
    """Tell whether a handler of an application may connect its channel: then a datagram without a recipient has a peer."""
    own = (base for base in cls.__mro__ if not Standing(base).is_of_library)
    functions = (each for base in own for each in vars(base).values() if inspect.isfunction(each))
    return any("connect" in each.__code__.co_names for each in functions)


def _swallowing(owner: str, standing: Sequence[Standing]) -> Iterator[Problem]:
    """A pipeline in which nobody does anything with messages: they would be dropped at its end, and no peer would hear a word.

    It is certain where there is nothing but the library's own; a handler that overrides nothing may be about to be written.
    """
    own = [each for each in standing if not each.is_of_library]
    if not standing or any(takes_messages(each.handler) for each in own):
        return
    if any(changes_pipeline(each.type) or answers_by_itself(each.type) for each in standing):
        return
    held = ", ".join(dict.fromkeys(_name(each) for each in standing))
    text = f"The pipeline of {owner} swallows everything: nobody in it takes a message or speaks first. It holds: {held}."
    yield Problem(owner, text, "Label a handler that writes channel_read with @ChannelHandlerBean.", is_fatal=not own)


def _name(standing: Standing) -> str:
    return standing.type.__name__ if standing.codec is None else f"'{standing.codec.name}'"


def _form(cls: type[Any]) -> str:
    """The base that *cls* says its type to."""
    return "SimpleChannelInboundHandler" if hasattr(cls, "message_received") else "ChannelHandler"
