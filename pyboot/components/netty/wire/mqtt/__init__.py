"""MQTT 3.1, 3.1.1 and 5: packets as messages, their reader and their writer, without I/O. `codec.mqtt` puts them into a pipeline."""
