#!lua
-- Makes room for a generation beside the live one. Returns 1, or 0 where another one stands there.
-- KEYS[1] generations hash · ARGV[1] the generation · ARGV[2] its number · ARGV[3] the first generation
local live = redis.call('HGET', KEYS[1], 'live') or ARGV[3]
local beside = redis.call('HGET', KEYS[1], 'beside')
if live == ARGV[1] or beside == ARGV[1] then
  return 1
end
if beside then
  return 0
end
redis.call('HSET', KEYS[1], 'live', live, 'beside', ARGV[1], 'highest', ARGV[2])
return 1
