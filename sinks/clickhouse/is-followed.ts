/**
 * The second guard of a block (DESIGN §4): rows are selected only where the stored position is the one it follows.
 * It looks, then inserts; the token guards the moment between.
 */
export const isFollowed = `(SELECT max(seq) FROM sink_positions WHERE topic = {topic:String} AND partition = {partition:UInt16}) = {follows:UInt64}`;
