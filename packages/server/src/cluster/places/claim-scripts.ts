import { defineScript } from "../link/script.ts";

// What is claimed at one place is one hash:
//
//   v                      version
//   c                      identities that claim something
//   s|<identity>           its subscriptions; there as long as it claims something
//   k|<identity>           its members, how many; left out for none
//   m|<identity>|<user id> user_info of one of them, empty for none
//   u|<user id>            identities that have this member
//
// The hash goes with its last claim. Numbering begins with Redis's clock in microseconds, so that it never goes back.

/**
 * Changes what one identity claims, publishes the change, and says what it means for the cluster.
 *
 * KEYS: the claims of the place; the last change of this identity here, and another one for what is taken away from it: what
 * became of its last change may still be asked for then.
 * ARGV: topic, signed message, identity, subscriptions, `1` where the change is full,
 *       serial, or `reaped` when the claim of a dead identity is taken away,
 *       end of the lease in ms by Redis's clock, 0 where it is over (empty when it is taken away),
 *       how long to keep claims, and how long to keep the outcome, in ms,
 *       how many members are set, then user id and user_info of each, then the user ids of those who went.
 *
 * Returns the outcome as JSON, or a word: `lease_over`, `out_of_order`, `nothing` where there is nothing to take away.
 */
export const CLAIM = defineScript(`
local claims, last = KEYS[1], KEYS[2]
local topic, message, identity, subscriptions, isFull = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
local serial, leaseEnd = ARGV[6], tonumber(ARGV[7])

local known, repeated = string.match(redis.call('GET', last) or '', '^(%w+) (.*)$')
if known == serial then return repeated end
if tonumber(known) and tonumber(serial) and tonumber(known) > tonumber(serial) then return 'out_of_order' end

local time = redis.call('TIME')
if leaseEnd and time[1] * 1000 + math.floor(time[2] / 1000) > leaseEnd then return 'lease_over' end

local ours, counted, member = 's|' .. identity, 'k|' .. identity, 'm|' .. identity .. '|'
local claimedBefore = redis.call('HEXISTS', claims, ours) == 1
if serial == 'reaped' and not claimedBefore then return 'nothing' end

local added, removed, members = {}, {}, 0
local function remove(user)
  if redis.call('HDEL', claims, member .. user) == 0 then return end
  members = members - 1
  if redis.call('HINCRBY', claims, 'u|' .. user, -1) <= 0 then
    redis.call('HDEL', claims, 'u|' .. user)
    removed[#removed + 1] = user
  end
end

local firstGone = 11 + 2 * tonumber(ARGV[10])
local keeps = {}
for index = 11, firstGone - 1, 2 do
  local user = ARGV[index]
  keeps[user] = true
  if redis.call('HSET', claims, member .. user, ARGV[index + 1]) == 1 then
    members = members + 1
    if redis.call('HINCRBY', claims, 'u|' .. user, 1) == 1 then added[#added + 1] = user end
  end
end
for index = firstGone, #ARGV do remove(ARGV[index]) end
if isFull and redis.call('HEXISTS', claims, counted) == 1 then
  for _, field in ipairs(redis.call('HKEYS', claims)) do
    if string.sub(field, 1, #member) == member then
      local user = string.sub(field, #member + 1)
      if not keeps[user] then remove(user) end
    end
  end
end

if members ~= 0 and redis.call('HINCRBY', claims, counted, members) <= 0 then redis.call('HDEL', claims, counted) end
local claimsNow = subscriptions > 0 or redis.call('HEXISTS', claims, counted) == 1
if claimsNow then redis.call('HSET', claims, ours, subscriptions) else redis.call('HDEL', claims, ours) end
local claimants = tonumber(redis.call('HGET', claims, 'c') or 0)
local claimantsNow = claimants + (claimsNow and 1 or 0) - (claimedBefore and 1 or 0)

local before = redis.call('HGET', claims, 'v')
local version = before and string.format('%.0f', before + 1) or (time[1] .. string.format('%06d', time[2]))
if claimantsNow > 0 then
  redis.call('HSET', claims, 'v', version, 'c', claimantsNow)
  redis.call('PEXPIRE', claims, ARGV[8])
else
  redis.call('DEL', claims)
end

-- Lists as one text each: an empty table would become an object.
local function list(users)
  return #users == 0 and '[]' or cjson.encode(users)
end
local outcome = '{"version":' .. version
  .. ',"becameOccupied":' .. tostring(claimants == 0 and claimantsNow > 0)
  .. ',"becameVacant":' .. tostring(claimants > 0 and claimantsNow == 0)
  .. ',"claimsNothing":' .. tostring(not claimsNow)
  .. ',"membersAdded":' .. list(added) .. ',"membersRemoved":' .. list(removed) .. '}'
redis.call('SET', last, serial .. ' ' .. outcome, 'PX', ARGV[9])
redis.call('SPUBLISH', topic, '@' .. version .. '/' .. (before or '0') .. ' ' .. message)
return outcome
`);
