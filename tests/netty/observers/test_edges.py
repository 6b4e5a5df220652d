"""What observers cost an application that has none."""

import subprocess
import sys


def test_who_has_no_observers_imports_nothing_of_them() -> None:
    """An application with a server pays for the question alone."""
    program = """
import asyncio, sys
from pyboot.boot import Import, PyBootApplication, start
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer, NettyServers

@NettyServer(port=0)
class PlainServer: ...

@ChannelHandlerBean
class Echo(ChannelHandler):
    def channel_read(self, ctx, msg):
        ctx.write_and_flush(msg)

@Import(PlainServer, Echo)
@PyBootApplication(scan=())
class App: ...

async def main():
    async with start(App) as context:
        print(context.get(NettyServers).names, [name for name in sys.modules if "netty.observers." in name])

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert "['plain'] ['pyboot.netty.observers.edges']" == done.stdout.strip().splitlines()[-1]
