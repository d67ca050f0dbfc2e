#!lua flags=allow-oom
-- Takes the view from whoever wrote it: from here on every writer's position compare fails. Also in a Redis that is full
-- (allow-oom): room comes of it. A generation that is no longer kept is not begun anew: -1.
-- KEYS[1] position hash · KEYS[2] generations hash · ARGV[1…3] offset, seq, writer as they were read ('' = absent)
-- ARGV[4] the wiper's token · ARGV[5] the view's generation · ARGV[6] the first generation
local live = redis.call('HGET', KEYS[2], 'live') or ARGV[6]
if live ~= ARGV[5] and redis.call('HGET', KEYS[2], 'beside') ~= ARGV[5] then
  return -1
end
local stored = redis.call('HMGET', KEYS[1], 'offset', 'seq', 'writer')
for i = 1, 3 do
  if (stored[i] or '') ~= ARGV[i] then
    return 0
  end
end
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'wiping', ARGV[4])
return 1
