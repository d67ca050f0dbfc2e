#!lua flags=allow-oom
-- The view is empty: its position becomes the one before the journal's first record.
-- KEYS[1] position hash · ARGV[1] the wiper's token · ARGV[2…6] offset, seq, writer, cause, atMs
if redis.call('HGET', KEYS[1], 'wiping') ~= ARGV[1] then
  return 0
end
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'offset', ARGV[2], 'seq', ARGV[3], 'writer', ARGV[4], 'cause', ARGV[5], 'atMs', ARGV[6])
return 1
