"""An MQTT broker of handlers: 3.1, 3.1.1 and 5, QoS 0 to 2, sessions, wills, retained messages. application.yaml has its server."""

from broker import Broker
from connection import Arrival
from limits import MqttLimits

from pyboot.boot import Import, PyBootApplication, run


@Import(Arrival, Broker, MqttLimits)
@PyBootApplication
class App: ...


if __name__ == "__main__":
    run(App)
