#!lua flags=allow-oom
-- Removes keys of a partition's view, but only for the wiper the position names: one that was overtaken by another
-- wiper, or by a writer that has begun to rebuild, removes nothing.
-- KEYS[1]  position hash
-- KEYS[2…] to remove; the position itself is skipped
-- ARGV[1]  the wiper's token
if redis.call('HGET', KEYS[1], 'wiping') ~= ARGV[1] then
  return 0
end
for i = 2, #KEYS do
  if KEYS[i] ~= KEYS[1] then
    redis.call('UNLINK', KEYS[i])
  end
end
return 1
