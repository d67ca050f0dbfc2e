#!lua flags=no-writes
-- A partition's position and some of its documents, of one moment. A script and not MULTI, which Redis refuses
-- altogether when it is out of memory.
-- KEYS[1] position hash · KEYS[2…] documents
local stored = redis.call('HMGET', KEYS[1], 'offset', 'seq', 'writer', 'cause', 'atMs')
return { stored, redis.call('MGET', unpack(KEYS, 2)) }
