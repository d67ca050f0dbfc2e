#!lua flags=allow-oom
-- Forgets the generation beside the live one: from here on no writer may begin it anew. Returns 'forgotten', 'live',
-- 'absent', or 'early' while readers may still be at work in it.
-- KEYS[1] generations hash · ARGV[1] the generation · ARGV[2] ms after a flip that readers may need
-- ARGV[3] the first generation
if (redis.call('HGET', KEYS[1], 'live') or ARGV[3]) == ARGV[1] then
  return 'live'
end
if redis.call('HGET', KEYS[1], 'beside') ~= ARGV[1] then
  return 'absent'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now - tonumber(redis.call('HGET', KEYS[1], 'flippedAtMs') or 0) < tonumber(ARGV[2]) then
  return 'early'
end
redis.call('HDEL', KEYS[1], 'beside')
return 'forgotten'
