#!lua
-- Applies one batch to a partition's view if the stored position is the one the batch starts from (DESIGN §4);
-- otherwise changes nothing and returns the stored position. The shebang makes Redis refuse the call when it is
-- out of memory before it starts, not half-way: nothing is rolled back.
-- KEYS[1]  position hash
-- KEYS[2…] one for each update, in order
-- ARGV[1…3] offset, seq, writer the batch starts from
-- ARGV[4…8] offset, seq, writer, cause, atMs to store
-- ARGV[9]  entries a stream keeps
-- ARGV[10…] for each update: 'set' json | 'drop' | 'list' score member | 'unlist' member | 'append' id order event
local stored = redis.call('HMGET', KEYS[1], 'offset', 'seq', 'writer')
if stored[1] ~= ARGV[1] or stored[2] ~= ARGV[2] or stored[3] ~= ARGV[3] then
  return stored
end
local at = 10
for i = 2, #KEYS do
  local does = ARGV[at]
  if does == 'set' then
    redis.call('SET', KEYS[i], ARGV[at + 1])
    at = at + 2
  elseif does == 'drop' then
    redis.call('DEL', KEYS[i])
    at = at + 1
  elseif does == 'list' then
    redis.call('ZADD', KEYS[i], ARGV[at + 1], ARGV[at + 2])
    at = at + 3
  elseif does == 'unlist' then
    redis.call('ZREM', KEYS[i], ARGV[at + 1])
    at = at + 2
  else
    redis.call('XADD', KEYS[i], 'MAXLEN', ARGV[9], ARGV[at + 1], 'order', ARGV[at + 2], 'event', ARGV[at + 3])
    at = at + 4
  end
end
redis.call('HSET', KEYS[1], 'offset', ARGV[4], 'seq', ARGV[5], 'writer', ARGV[6], 'cause', ARGV[7], 'atMs', ARGV[8])
return 'applied'
