"""How an ``async def`` callback runs: stepped where its event happens, and carried on by a task if it suspends."""
