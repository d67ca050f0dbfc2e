import http from 'node:http';
import { loadConfig } from '../../config/config.ts';

// A role that does not stop when asked.
http.createServer((_, response) => response.end()).listen(loadConfig().metricsPort, '127.0.0.1');
process.on('SIGTERM', () => undefined);
