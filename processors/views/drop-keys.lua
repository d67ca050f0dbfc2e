#!lua flags=allow-oom
-- Removes keys of a generation that its partition no longer keeps. Returns how many; -1 where it is kept.
-- KEYS[1] generations hash · KEYS[2…] to remove · ARGV[1] their generation · ARGV[2] the first generation
if (redis.call('HGET', KEYS[1], 'live') or ARGV[2]) == ARGV[1] or redis.call('HGET', KEYS[1], 'beside') == ARGV[1] then
  return -1
end
for i = 2, #KEYS do
  redis.call('UNLINK', KEYS[i])
end
return #KEYS - 1
