"""The running of ``async def`` callbacks: each is stepped where its event happens, and carried on by a task if it suspends.

::

                 ┌────────────────── Mailbox ──────────────────┐
    event ──▶    │ IDLE: step it here        ──▶  driver       │ ──▶  ended: IDLE again, the usual case
                 │ else: a Letter            ──▶  LetterQueue  │
                 │ SUSPENDED: its MailboxTask steps the driver │ ──▶  ended: the next letter, or IDLE
                 └─────────────────────────────────────────────┘

A mailbox is the serial executor of one direction of one context, inbound or outbound; `mailbox` holds the table of its states. Who waits
for it goes through `waiting`; what is to end with a callback stands around it (`callback`); how a handler goes that has callbacks under
way says `leaving`; a handler that blocks has its callbacks run in an executor (`executor`).

What is compiled, said here for all: everything that runs per message, except coroutines and generators. asyncio throws a cancellation into
those by ``throw(type, value, traceback)``, which is deprecated since Python 3.12, and of which those that mypyc makes warn. So every
coroutine and generator of ours that a task can wait in is interpreted, and stands in a module of its own: `driver`, `task`,
`callback`, `waiting` and `leaving` here, `executor`, and whatever else is ``async def`` in this library.
"""
