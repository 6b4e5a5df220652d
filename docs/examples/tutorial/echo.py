"""Step 1: sends back what comes in."""

import logging

from pyboot.components.netty.server import EchoServer

logging.basicConfig(level="INFO")
EchoServer().address("127.0.0.1", 8080).grace()
