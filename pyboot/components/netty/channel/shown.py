"""The names that ``dir()`` shows of channels, their pipelines and contexts: those that users use.

The parts of a channel call each other, so many names without an underscore are none of a user's business: a compiled class has no
cheaper way to let a neighbour in. They work as any, and a prompt does not offer them. Of 1.3.4's names those that live on as aliases
are left out as well.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["shown"]

_PARTS: Final = (
    # of a context: its links, how it is called, its mailboxes
    "actor bind_callbacks call callback_raised channel_write_promise close_mailboxes done inbound_kind inbox loop_state mail_write "
    "mailbox_is_idle mailboxes mask next next_flush next_read next_read_complete next_write outbound_kind outbox overrides prev "
    "read_complete_function read_function retire settle target write_function "
    # of a pipeline: its chain, what its handlers want, what waits in it
    "add_handler destroy handlers_at_work has_coroutines has_mail has_outbound_mail head link membership read_by_itself remove_handler "
    "is_apart revision rules_reading tail take_apart wants_events wants_write_complete "
    # of a channel: its parts, what they tell each other, what a transport tells it and is asked for
    "account_memory activate add_outbound begin_close begin_read begin_turn channel_id closed_error closed_here closing do_bind do_connect "
    "do_deregister do_disconnect drained ends_by_handler expect_close faults flush_outbound full_mailboxes has_disconnect in_context "
    "input_ended "
    "is_carrier_gone is_delivering is_stream linger linger_seconds lost mail_was_delivered may_go_on must_pause new_mailbox outbound "
    "output_progress own_config own_context pause_read reading received refuse register release_bytebuffer result run_burst "
    "run_in_context set_reading shut shut_now state transmit turn_bytes turn_calls unhandled_error unhandled_message unsent "
    "when_handed_on writability writability_changed writing "
    # of what it counts (`traffic`)
    "active_since end ends_at_once has_ended bytes_in bytes_out errors flushes messages_in network_reads network_writes "
    # of a channel with sockets: what asyncio tells it, and the parts that open and listen
    "bind_address bound_addresses child_class close_sockets connect_failed connection_closed connection_lost connection_made "
    "connection_opened data_received datagram_failed eof_received expect_connection fail get_transport has_connected has_peer_ended "
    "holds_unread hosts_of late_is_over let_go listen open_child open_sockets open_transport output_end pause_writing paused_protocol "
    "peer_ended peer_was_reset resolver resume_writing socket_options sockets transfer adopt_socket give_back open_socket "
    "address_closed address_opened keeps_connections use_remote_address claim_address"
)
_INNER: Final = frozenset(_PARTS.split())


def shown(thing: Any) -> list[str]:
    """Return the names of *thing*, a channel, a pipeline or a context, without those that only its neighbours use."""
    return [name for name in object.__dir__(thing) if name not in _INNER]
