// A container's health check: `node check-ready.js <port>` ends with 0 when the role says that it is ready.
const port = Number(process.argv[2]);
try {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
  process.exit(response.status === 200 ? 0 : 1);
} catch {
  process.exit(1); // not listening, or too slow: not ready
}
