#!lua flags=allow-oom
-- Takes the view from whoever wrote it: from here on every writer's position compare fails. Also in a Redis that is full
-- (allow-oom): room comes of it.
-- KEYS[1] position hash · ARGV[1…3] offset, seq, writer as they were read ('' = absent) · ARGV[4] the wiper's token
local stored = redis.call('HMGET', KEYS[1], 'offset', 'seq', 'writer')
for i = 1, 3 do
  if (stored[i] or '') ~= ARGV[i] then
    return 0
  end
end
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'wiping', ARGV[4])
return 1
