import { defineScript } from "../link/script.ts";

/**
 * What is kept of a channel's events, under three keys with one hash tag:
 *
 * - position: a hash of the epoch, the serial of the last event, the Redis process that gave it (`run`), why the event before
 *   the oldest one is gone (`loss`), and a serial with the time that it was given at and how long events were kept then
 *   (`mark`).
 * - history: a stream of the events, with ids `<serial>-<milliseconds since 1970>`, so that a serial finds its event.
 * - cached: the last event of a cache channel.
 *
 * A Redis process that comes back, or one that takes another's place, may have lost the end of what was written, and would
 * give those serials again. So the epoch ends with the process: `INFO server` costs a few microseconds and cannot be stale,
 * as what a client remembers about its connection can.
 */
const BEGIN = `
local function begin(fresh, server)
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', fresh, 'serial', 0, 'run', string.match(server, 'run_id:(%w+)') or '')
  return fresh
end
`;

/**
 * Gives an event the next serial, keeps it as the channel wants, and publishes it with its position.
 *
 * What has become too old is not looked for with each event, which would be to read the oldest one whole: once what lay
 * before a mark is too old, all of it goes, and a new mark is set. So events stay up to twice as long as they are read, and all
 * lifetimes are renewed as often as that.
 *
 * ARGV: topic, signed event, epoch to begin with, ms to cache it (0: not), most events of the history (0: none), ms to keep
 * one, ms to keep the position. Returns epoch and serial.
 */
export const PUBLISH = defineScript(`${BEGIN}
local known = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'mark', 'loss')
local server = redis.call('INFO', 'server')
local epoch, mark, loss = known[1], known[3], known[4]
if not epoch or not string.find(server, known[2], 1, true) then
  epoch, mark, loss = begin(ARGV[3], server), false, false
end
local serial = redis.call('HINCRBY', KEYS[1], 'serial', 1)
local most = tonumber(ARGV[5])
if most > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local keep = tonumber(ARGV[6])
  local first, since, kept
  if mark then first, since, kept = string.match(mark, '(%d+)-(%d+)-(%d+)') end
  -- A clock that was put back makes a new mark as well.
  local isDue = not first or now - since >= keep or now < tonumber(since) or kept ~= ARGV[6]
  if isDue then
    if first and now - since >= keep and redis.call('XTRIM', KEYS[2], 'MINID', first) > 0 then loss = 'too_old' end
    redis.call('HSET', KEYS[1], 'mark', serial .. '-' .. now .. '-' .. ARGV[6], 'loss', loss or 'too_old')
  end
  if loss ~= 'too_many' and redis.call('XLEN', KEYS[2]) >= most then
    redis.call('HSET', KEYS[1], 'loss', 'too_many')
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', '=', most, serial .. '-' .. now, 'e', ARGV[2])
  if isDue then redis.call('PEXPIRE', KEYS[2], 2 * keep) end
  if isDue then redis.call('PEXPIRE', KEYS[1], ARGV[7]) end
else
  redis.call('PEXPIRE', KEYS[1], ARGV[7])
end
if ARGV[4] ~= '0' then redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[4]) end
redis.call('SPUBLISH', ARGV[1], '@' .. epoch .. '/' .. serial .. ' ' .. ARGV[2])
return { epoch, serial }
`);

/**
 * Reads what is kept of a channel's events.
 *
 * ARGV: epoch to begin with, ms to keep the position (0: nothing is written, whoever asks next gets another epoch), the
 * serial after which events are wanted, the epoch that it is of (empty: of any; of another one: all events are wanted), how
 * many of them (0: none), ms to keep one. Returns epoch, serial, loss, serial of the oldest event that is kept, events as
 * [id, fields] and how many ms the cached event is good for, with it.
 */
export const READ = defineScript(`${BEGIN}
local known = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'serial', 'loss')
local server = redis.call('INFO', 'server')
local epoch, serial, loss = known[1], tonumber(known[3]), known[4]
if not epoch or not string.find(server, known[2], 1, true) then
  epoch, serial, loss = ARGV[1], 0, false
  if ARGV[2] ~= '0' then begin(epoch, server) end
end
if ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
local time = redis.call('TIME')
local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[6])
local function isOld(entry)
  return tonumber(string.match(entry[1], '-(%d+)')) < oldest
end
local most = tonumber(ARGV[5])
local first, events = serial + 1, {}
if most > 0 and serial > 0 then
  local start = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  if start then first = tonumber(string.match(start[1], '^%d+')) else loss = 'too_old' end
  if start and isOld(start) then
    loss = 'too_old'
    local young = serial + 1
    while first < young do
      local middle = math.floor((first + young) / 2)
      local entry = redis.call('XRANGE', KEYS[2], middle, '+', 'COUNT', 1)[1]
      if entry and isOld(entry) then first = middle + 1 else young = middle end
    end
  end
  local after = tonumber(ARGV[3])
  if ARGV[4] ~= '' and ARGV[4] ~= epoch then after = 0 end
  if first <= serial then
    events = redis.call('XRANGE', KEYS[2], math.max(after + 1, first), '+', 'COUNT', most)
  end
end
local cached = redis.call('GET', KEYS[3])
return { epoch, serial, loss, first, events, cached and redis.call('PTTL', KEYS[3]) or 0, cached }
`);

/** Takes an idempotency key, unless it is taken. ARGV: what to write, ms to keep it. Returns what was there. */
export const CLAIM_KEY = defineScript(`
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'GET', 'PX', ARGV[2])
`);

/**
 * Writes what a claim came to, or gives it up, unless the key is somebody else's by now. ARGV: the claim, what to write
 * (empty: nothing), ms to keep it.
 */
export const SETTLE_KEY = defineScript(`
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
`);
