"""Plans of clients, without a container and without a socket."""

from typing import Any

import pytest

from pyboot.boot.model.origin import Origin
from pyboot.components.netty import ChannelHandler, ChannelOption, UnpooledByteBufferAllocator
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.annotations import ChannelHandlerBean, NettyClientLabel
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.client.errors import ClientSettingError, EmptyClientPipelineError, NoClientAddressError
from pyboot.netty.client.plan import ClientPlan, plan_clients
from pyboot.netty.client.properties import ClientProperties
from pyboot.netty.client.specs import ClientSpec
from pyboot.netty.errors import AssemblyError, BundleError, PipelineEntryError, UnknownBundleError, UnknownCodecError
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import HandlerBean

PLACE = Origin("app.py", 7)


class Upstream:
    """What the class of a client holds."""

    pipeline = ("line", "string")

    def is_healthy(self, channel: Any) -> bool:
        """Say whether a pool may lend a connection."""
        return True


class Print(ChannelHandler[str]):
    """A handler."""


def plans(
    settings: dict[str, Any] | None = None, bean: object = Upstream, bundles: dict[str, BundleProperties] | None = None, **label: Any
) -> list[ClientPlan]:
    """The plans of the client `up`."""
    bound = ClientProperties.model_validate(settings or {})
    spec = ClientSpec("up", PLACE, bound, None, NettyClientLabel(**label), dict.fromkeys(bound.instances, PLACE))
    handlers = {"up": [HandlerBean(ChannelHandlerBean(), Print, lambda store: Print())]} if bean is not None else {}
    made = {} if bean is None else {"up": bean() if isinstance(bean, type) else bean}
    return plan_clients([spec], made, handlers, CodecRegistry(), NettyAllocators(UnpooledByteBufferAllocator.DEFAULT), bundles or {})


def only(settings: dict[str, Any] | None = None, **label: Any) -> ClientPlan:
    """The plan of its only connection."""
    (plan,) = plans(settings, **({"host": "there", "port": 80} | label))
    return plan


def test_the_label_says_where_and_the_settings_win() -> None:
    """Each by itself."""
    assert ("there", 80) == only().place
    assert ("elsewhere", 80) == only({"host": "elsewhere"}).place
    assert "there:81" == only({"port": 81}).where
    assert "/run/x.sock" == only({"transport": "unix", "path": "/run/x.sock"}).place


def test_several_hosts_are_places_in_their_order() -> None:
    """Each with a port of its own, or that of all: the settings', else the label's."""
    plan = only({"hosts": ["a", "b:81", "[::1]:82", "[::2]"]})

    assert (("a", 80), ("b", 81), ("::1", 82), ("::2", 80)) == plan.places
    assert (("a", 80), "a:80, b:81, [::1]:82, [::2]:80") == (plan.place, plan.where)
    assert (("a", 90),) == only({"hosts": ["a"], "port": 90}).places
    assert (("there", 80),) == only().places
    with pytest.raises(NoClientAddressError, match="has no port for the host a to connect to"):
        plans({"hosts": ["b:81", "a"]})


def test_instances_have_addresses_of_their_own_and_all_else_together() -> None:
    """What an instance does not say is the client's."""
    found = plans({"instances": {"a": {"host": "a"}, "b": {"host": "b", "port": 81}}, "connect_timeout": "1s"}, port=80)

    assert {"up.a": ("a", 80), "up.b": ("b", 81)} == {plan.name: plan.place for plan in found}
    assert ["the client 'up.a'", "the client 'up.b'"] == [plan.pipeline.owner for plan in found]


def test_the_watch_for_silent_peers_comes_first() -> None:
    """Next to the network, where reads and writes are the peer's."""
    plan = only({"idle": {"reader": "1m"}, "heartbeat": {"payload": "ping"}})

    assert "idle -> heartbeat -> line -> string -> Print" == str(plan.pipeline)
    assert "line -> Print" == str(only({"pipeline": ["line"]}).pipeline)


def test_settings_reach_the_connection_and_the_waits() -> None:
    """Each of them."""
    plan = only(
        {
            "connect_timeout": "1500ms",
            "write_buffer": {"limit": "1MiB"},
            "reconnect": {"initial": "1s", "max": "2s", "multiplier": 3, "jitter": 1, "max_attempts": 4, "stable_after": "5s"},
        }
    )

    assert (1.5, 1 << 20) == (plan.options[ChannelOption.CONNECT_TIMEOUT], plan.options[ChannelOption.WRITE_BUFFER_LIMIT])
    backoff = plan.backoff
    assert backoff is not None
    assert (1.0, 2.0, 3.0, 1.0, 4, 5.0) == (
        backoff.initial_seconds, backoff.max_seconds, backoff.multiplier, backoff.jitter, backoff.max_attempts, backoff.stable_seconds,
    )  # fmt: skip
    assert only({"reconnect": {"enabled": False}}).backoff is None


def test_a_queue_is_made_where_messages_wait() -> None:
    """With its limits."""
    queue = only({"outage": {"writes": "queue", "max_messages": 3, "max_bytes": "1KiB"}}).new_queue()

    assert queue is not None
    assert (3, 1024) == (queue.max_messages, queue.max_bytes)
    assert only().new_queue() is None


def test_the_class_may_say_which_connections_are_healthy() -> None:
    """For its pool."""
    assert "is_healthy" == getattr(only().is_healthy, "__name__", "")
    assert "is_active" == getattr(plans({}, object(), host="there", port=80)[0].is_healthy, "__name__", "")


def test_tls_may_do_without_a_bundle() -> None:
    """Then whom the system believes is believed; it can be switched off."""
    assert only({"tls": {}}).context is not None
    assert only({"tls": {"enabled": False, "bundle": "nowhere"}}).context is None


@pytest.mark.parametrize(
    ("settings", "label", "error", "text"),
    [
        ({}, {"host": None}, NoClientAddressError, r"The client 'up' \(app.py:7\) has no host to connect to"),
        ({}, {"port": None}, NoClientAddressError, "has no port to connect to"),
        ({"transport": "unix"}, {}, NoClientAddressError, "has no path"),
        ({}, {"port": 70000}, ClientSettingError, "its port is 70000"),
        ({"port": 0}, {}, ClientSettingError, "its port is 0"),
        ({"pipeline": ["lien"]}, {}, UnknownCodecError, "There is no codec named 'lien'"),
        ({"pipeline": [{"line": {}, "string": {}}]}, {}, PipelineEntryError, "The pipeline of the client 'up'"),
        ({"tls": {"bundle": "web"}}, {}, UnknownBundleError, "The client 'up' uses the SSL bundle 'web', which is not there"),
    ],
)
def test_what_is_wrong_is_refused(settings: dict[str, Any], label: dict[str, Any], error: type[AssemblyError], text: str) -> None:
    """Before anything connects, with its place and what to do."""
    with pytest.raises(error, match=text) as refused:
        only(settings, **label)
    assert refused.value.action


def test_a_client_with_nothing_in_its_pipeline_is_refused() -> None:
    """It would drop what it reads."""
    with pytest.raises(EmptyClientPipelineError, match=r"'up' \(app.py:7\)"):
        plans({}, None, host="there", port=80)


def test_a_bundle_of_no_use_is_refused() -> None:
    """With what to do."""
    bundle = BundleProperties.model_validate({"truststore": {"certificate": "/nowhere/ca.pem"}})
    with pytest.raises(BundleError, match="The SSL bundle 'web' of the client 'up' cannot be used"):
        plans({"tls": {"bundle": "web"}}, bundles={"web": bundle}, host="there", port=80)
