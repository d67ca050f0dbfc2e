#!lua flags=allow-oom
-- Makes the generation beside the live one live, and the live one the one beside, if it stands no earlier: whoever
-- has read in the one finds all of it in the other. Returns 'live' (it was), 'absent', 'behind' or 'flipped'.
-- KEYS[1] generations hash · KEYS[2] position of the live one · KEYS[3] position of the one to be
-- ARGV[1] the live one, as KEYS[2] was made of it · ARGV[2] the one to be · ARGV[3] the first generation
local live = redis.call('HGET', KEYS[1], 'live') or ARGV[3]
if live == ARGV[2] then
  return 'live'
end
if live ~= ARGV[1] or redis.call('HGET', KEYS[1], 'beside') ~= ARGV[2] then
  return 'absent'
end
local old = tonumber(redis.call('HGET', KEYS[2], 'offset') or -1)
local new = tonumber(redis.call('HGET', KEYS[3], 'offset') or -2)
if new < old then
  return 'behind'
end
local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], 'live', ARGV[2], 'beside', live, 'flippedAtMs', now)
return 'flipped'
