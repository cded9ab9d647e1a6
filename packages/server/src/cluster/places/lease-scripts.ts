import { defineScript } from "../link/script.ts";

// Who takes part, under keys of one hash tag:
//
//   ends      sorted set: identity, by the end of its lease in ms
//   about     hash: identity, what people want to know of the node
//   judged    sorted set: identity that was judged dead or left, by when
//   unreaped  set: those of them who may have claims left
//   renewed   when anybody last renewed, in ms
//   reaper/<identity>  who reaps it

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Renews a lease, and judges those of the others that are over.
 *
 * KEYS: ends, about, judged, unreaped, renewed. ARGV: identity, about, ms of a lease, ms without any renewal that mean that
 * Redis was away, ms to remember the judged, ms to keep it all.
 * Returns standing, end of the lease, the living, the unreaped.
 */
export const RENEW = defineScript(`${NOW}
local ends, about, judged, unreaped, renewed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local identity, leaseMs = ARGV[1], tonumber(ARGV[3])

local lastRenewal = tonumber(redis.call('GET', renewed))
if lastRenewal and (now - lastRenewal >= tonumber(ARGV[4]) or now < lastRenewal) then
  -- Nobody renewed, so nobody could, or the clock has jumped: that is no reason to judge.
  for _, living in ipairs(redis.call('ZRANGE', ends, 0, -1)) do redis.call('ZADD', ends, now + leaseMs, living) end
end
redis.call('SET', renewed, now)

local standing, leaseEnd = 'fenced', 0
if redis.call('ZSCORE', judged, identity) then
  -- It claims no more from here on. What it claimed since it was reaped, where the clock was put back, is reaped now.
  redis.call('SADD', unreaped, identity)
else
  leaseEnd = now + leaseMs
  standing = redis.call('ZADD', ends, leaseEnd, identity) == 1 and 'registered' or 'renewed'
  redis.call('HSET', about, identity, ARGV[2])
end
for _, dead in ipairs(redis.call('ZRANGE', ends, '-inf', '(' .. now, 'BYSCORE')) do
  redis.call('ZREM', ends, dead)
  redis.call('HDEL', about, dead)
  redis.call('ZADD', judged, now, dead)
  redis.call('SADD', unreaped, dead)
end
redis.call('ZREMRANGEBYSCORE', judged, '-inf', now - tonumber(ARGV[5]))
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[6]) end
return { standing, leaseEnd, redis.call('ZRANGE', ends, 0, -1), redis.call('SMEMBERS', unreaped) }
`);

/** Ends a lease. KEYS: ends, about, judged, unreaped. ARGV: identity. */
export const LEAVE = defineScript(`${NOW}
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
return 1
`);

/**
 * Lets one reaper at a time at a dead identity. KEYS: unreaped, reaper. ARGV: dead, reaper, ms that the turn lasts.
 * Returns 1 for whoever may reap.
 */
export const TAKE_TURN = defineScript(`
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then return 0 end
local reaper = redis.call('GET', KEYS[2])
if reaper and reaper ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
`);
