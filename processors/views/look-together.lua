#!lua flags=no-writes
-- The same thing in two generations, and where both stand, of one moment.
-- KEYS[1…2] the positions · KEYS[3…4] the keys · ARGV[1] 'document' | 'entry' member | 'events' from to
local function positionOf(key)
  return redis.call('HMGET', key, 'offset', 'seq', 'writer')
end
local function valueOf(key)
  if ARGV[1] == 'document' then
    return redis.call('GET', key)
  elseif ARGV[1] == 'entry' then
    return redis.call('ZSCORE', key, ARGV[2])
  end
  local entries = redis.call('XRANGE', key, ARGV[2], ARGV[3])
  return #entries > 0 and cjson.encode(entries)
end
return { positionOf(KEYS[1]), positionOf(KEYS[2]), { valueOf(KEYS[3]), 0 }, { valueOf(KEYS[4]), 0 } }
