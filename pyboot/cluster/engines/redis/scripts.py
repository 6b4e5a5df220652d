"""Scripts: what a server has to do in one piece, in Lua; its clock gives the stamps and ends the leases.

They use what Redis has had since 6.2 and Valkey always: effects are what is replicated, so that a script may ask for the time. Each is told
all its keys. A script that is not known there (the server was restarted, or another one was promoted) is sent whole, and known again.
"""

import hashlib
from typing import Final, final

__all__ = ["ACQUIRE", "CLAIM", "LEASE", "MEMBERS", "REFRESH", "RELEASE", "TAKE", "Script"]


@final
class Script:
    """A script, and the digest by which servers know it."""

    def __init__(self, source: str) -> None:
        """Take its *source*."""
        self.source = source.encode()
        self.digest = hashlib.sha1(self.source, usedforsecurity=False).hexdigest().encode()

    def by_digest(self, keys: list[bytes], *arguments: bytes) -> tuple[bytes, ...]:
        """Return the command that runs it where it is known."""
        return (b"EVALSHA", self.digest, b"%d" % len(keys), *keys, *arguments)

    def whole(self, command: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Return *command*, made by `by_digest`, with the source instead of the digest."""
        return (b"EVAL", self.source, *command[2:])


_TIME: Final = """
local time = redis.call('TIME')
"""

# Rows: pyboot.cluster.engines.redis.rows says what they are. Those of a key in `sessions` are one value of a field, those in `presence` are
# a hash each, whose names the last key lists.
_ROWS: Final = """
local mode = ARGV[1]
local function rows_of(packed)
  local rows, at = {}, 1
  while at <= #packed do
    local start, stamp, node, shared, rest, value = at, nil, nil, nil, nil, nil
    stamp, node, shared, rest, value, at = struct.unpack('>dI2c0I2I2c0I4c0', packed, at)
    rows[#rows + 1] = {stamp = stamp, owner = string.sub(node, 1, shared) .. rest, packed = string.sub(packed, start, at - 1)}
  end
  return rows
end
local function before(a, b)
  if a.stamp ~= b.stamp then return a.stamp < b.stamp end
  return a.owner < b.owner
end
local function packed(rows)
  local parts = {}
  for i, row in ipairs(rows) do parts[i] = row.packed end
  return table.concat(parts)
end
local function load(hash, key)
  if mode == 'presence' then return rows_of(table.concat(redis.call('HVALS', hash))) end
  return rows_of(redis.call('HGET', hash, key) or '')
end
"""

# ARGV: mode, policy, then for each claim its key, owner, row without stamp, stamp or nothing. KEYS: the hash of each claim, and the list.
CLAIM: Final = Script(
    _TIME
    + _ROWS
    + """
local now, policy, made = time[1] * 1000000 + time[2], ARGV[2], {}
for i = 1, #KEYS - 1 do
  local a = 4 * i - 1
  local hash, key, owner, stamp = KEYS[i], ARGV[a], ARGV[a + 1], tonumber(ARGV[a + 3])
  local own, others, later, latest = {owner = owner, stamp = stamp}, {}, {}, 0
  for _, row in ipairs(load(hash, key)) do
    if row.stamp > latest then latest = row.stamp end
    if row.owner ~= owner then
      others[#others + 1] = row
      if policy == 'replace' and stamp and before(own, row) then later[#later + 1] = row end
    end
  end
  table.sort(others, before)
  if policy == 'refuse' and #others > 0 then
    made[i] = {0, latest, packed(others)}
  elseif #later > 0 then
    table.sort(later, before)
    made[i] = {0, later[#later].stamp, packed(later)}
  else
    local given = stamp or math.max(now, latest + 1)
    local row = struct.pack('>d', given) .. ARGV[a + 2]
    if mode == 'presence' then
      if policy == 'replace' and #others > 0 then redis.call('DEL', hash) end
      redis.call('HSET', hash, owner, row)
      redis.call('SADD', KEYS[#KEYS], key)
    elseif policy == 'replace' then
      redis.call('HSET', hash, key, row)
    else
      redis.call('HSET', hash, key, packed(others) .. row)
    end
    made[i] = {1, given, packed(others)}
  end
end
return made
"""
)

# ARGV: mode, then for each its key and its owner. KEYS: as above.
RELEASE: Final = Script(
    _ROWS
    + """
local removed = 0
for i = 1, #KEYS - 1 do
  local hash, key, owner = KEYS[i], ARGV[2 * i], ARGV[2 * i + 1]
  if mode == 'presence' then
    removed = removed + redis.call('HDEL', hash, owner)
    if redis.call('EXISTS', hash) == 0 then redis.call('SREM', KEYS[#KEYS], key) end
  else
    local rows, left = load(hash, key), {}
    for _, row in ipairs(rows) do
      if row.owner ~= owner then left[#left + 1] = row end
    end
    if #left < #rows then
      removed = removed + 1
      if #left == 0 then redis.call('HDEL', hash, key) else redis.call('HSET', hash, key, packed(left)) end
    end
  end
end
return removed
"""
)

# Leases are fields of one hash: until when (milliseconds), epoch, what the node tells. The hash lasts as long as the longest of them.
_LEASES: Final = (
    _TIME
    + """
local now = time[1] * 1000 + time[2] / 1000
local function write(node, epoch, milliseconds, info)
  redis.call('HSET', KEYS[1], node, struct.pack('>dd', now + milliseconds, epoch) .. info)
  if redis.call('PTTL', KEYS[1]) < tonumber(milliseconds) then redis.call('PEXPIRE', KEYS[1], milliseconds) end
end
"""
)

# ARGV: node, epoch, milliseconds, what the node tells. KEYS: the leases.
LEASE: Final = Script(_LEASES + "write(ARGV[1], ARGV[2], ARGV[3], ARGV[4])\nreturn 1\n")

REFRESH: Final = Script(
    _LEASES
    + """
local lease = redis.call('HGET', KEYS[1], ARGV[1])
if not lease then return 0 end
local till, epoch = struct.unpack('>dd', lease)
if till <= now or epoch ~= tonumber(ARGV[2]) then return 0 end
write(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
return 1
"""
)

# Returns for each node that is there: its name, its epoch, the milliseconds left, what it tells.
MEMBERS: Final = Script(
    _LEASES
    + """
local found, leases = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #leases, 2 do
  local till, epoch, at = struct.unpack('>dd', leases[i + 1])
  if till <= now then
    redis.call('HDEL', KEYS[1], leases[i])
  else
    found[#found + 1] = {leases[i], epoch, math.ceil(till - now), string.sub(leases[i + 1], at)}
  end
end
return found
"""
)

# ARGV: owner, milliseconds. KEYS: what is acquired.
ACQUIRE: Final = Script(
    """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
)

# ARGV: tokens, per second, burst. KEYS: the limit. Returns the microseconds to wait; 0: they are taken. The rule is that of `paid_until`
# (pyboot.supervisor.board), in microseconds, which a double holds.
TAKE: Final = Script(
    _TIME
    + """
local now, a_token = time[1] * 1000000 + time[2], 1000000 / ARGV[2]
local paid = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + ARGV[1] * a_token
local wait = paid - ARGV[3] * a_token - now
if wait > 1 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.17g', paid), 'PX', math.ceil((paid - now) / 1000) + 1)
return 0
"""
)
