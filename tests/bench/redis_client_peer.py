"""A client of Redis as a program: `redis_client_peer.py PEER PORT DEPTH COUNT` prints the processor seconds of one command.

Half of the commands are SET, half GET, of 16 bytes, so many in flight; what comes back is compared.
"""

import asyncio
import sys
import time

DEPTH, COUNT = int(sys.argv[3]), int(sys.argv[4])
VALUE = b"0123456789abcdef"
EXPECTED = [VALUE] * (DEPTH // 2)


def with_redis_py(port: int) -> float:
    """redis-py, its parser hiredis, the pipeline of its own."""
    import hiredis  # noqa: F401  # without it another parser would be measured
    import redis

    with redis.Redis(port=port) as client:

        def some(rounds: int) -> None:
            for _ in range(rounds):
                with client.pipeline(transaction=False) as pipeline:
                    for number in range(DEPTH // 2):
                        pipeline.set(f"key{number}", VALUE)
                        pipeline.get(f"key{number}")
                    assert EXPECTED == pipeline.execute()[1::2]

        some(20)
        began = time.process_time()
        some(COUNT // DEPTH)
        return time.process_time() - began


async def with_pyboot(port: int) -> float:
    """Ours, on uvloop."""
    from pyboot.components.netty import Bootstrap
    from pyboot.components.netty.codec.redis import RedisClientHandler, RedisDecoder

    client = RedisClientHandler()
    channel = await Bootstrap().handler(lambda channel: channel.pipeline().add_last(RedisDecoder(), client)).connect("127.0.0.1", port)

    async def some(rounds: int) -> None:
        for _ in range(rounds):
            commands: list[tuple[bytes | str, ...]] = []
            for number in range(DEPTH // 2):
                commands.append(("SET", f"key{number}", VALUE))
                commands.append(("GET", f"key{number}"))
            assert EXPECTED == (await client.pipeline(commands))[1::2]

    await some(20)
    began = time.process_time()
    await some(COUNT // DEPTH)
    spent = time.process_time() - began
    await channel.close()
    return spent


def main(peer: str, port: int) -> None:
    """Print what one command costs."""
    if peer == "redis-py":
        spent = with_redis_py(port)
    else:
        from pyboot.components.netty import loop_factory

        spent = asyncio.run(with_pyboot(port), loop_factory=loop_factory())
    print(spent / (COUNT // DEPTH * DEPTH))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
