import http from 'node:http';
import { loadConfig } from '../../config/config.ts';

// The smallest process that behaves as a role: it answers, stops on SIGTERM, and says who it is.
const config = loadConfig();
const server = http.createServer((request, response) => {
  response.writeHead(request.url === '/readyz' || request.url === '/livez' ? 200 : 404);
  response.end(`${config.instanceId} ${process.pid}\n`);
});
server.listen(config.metricsPort, '127.0.0.1', () => console.log(`${config.instanceId} listens`));
process.on('SIGTERM', () => {
  console.log(`${config.instanceId} stops`);
  process.exit(0);
});
