// A role that cannot start.
console.error('broken-role: the moon is in the wrong phase');
process.exit(1);
