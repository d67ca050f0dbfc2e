import { createServer } from 'node:http';
import { Registry } from '@prometheus-io/client';
import express from 'express';
import { Kafka, logLevel } from 'kafkajs';
import { pino } from 'pino';
import { startApi } from '../../../api/start.ts';
import { parseJsonBody } from '../../../api/http/parse-json-body.ts';
import { Problem } from '../../../api/http/problem.ts';
import { problemKinds } from '../../../api/http/problem-codes.ts';
import { readBody } from '../../../api/http/read-body.ts';
import { Intake } from '../../../producers/intake/intake.ts';
import { startCatalogue } from '../../../processors/catalogue/start.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import type { RoleContext } from '../../clients/run-role.ts';
import { loadConfig } from '../../config/config.ts';
import { acceptedText, openOrderIntake } from './order-intake.ts';

/** `node ingest-server.ts <millrace|bare|express|catalogue>`: one arm of the benchmark, on `MILLRACE_HTTP_PORT`. */
const config = loadConfig({ INSTANCE_ID: 'bench-ingest' });
const context: RoleContext = {
  config,
  logger: pino({ level: config.logLevel }),
  metrics: new Registry(),
  instanceId: config.instanceId,
};
const topic = 'orders.commands.v1';
const statusOf = (error: unknown): number =>
  error instanceof Problem ? problemKinds[error.code].status : 500;

/** node:http and nothing around it: the same parse, checks and batched produce. */
async function bare(): Promise<void> {
  const { log, checkHead, checkBody } = await openOrderIntake(config);
  const intake = new Intake({ log, partitions: config.partitions });
  createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const head = checkHead(request);
      const body = parseJsonBody(await readBody(request, () => undefined));
      const { orderId, value } = await checkBody(head, body);
      const outcome = await intake.submit({ topic, key: orderId, value, traceparent: null });
      if (outcome.is !== 'appended') throw new Problem('unavailable');
      const text = acceptedText(orderId, `${outcome.partition}:${outcome.offset}`);
      const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': text.length };
      response.writeHead(202, headers).end(text);
    };
    answer().catch((error: unknown) => response.writeHead(statusOf(error), { 'Content-Length': 0 }).end());
  }).listen(config.httpPort, '127.0.0.1');
}

/** What many a shop has: Express with its body parser, the same checks, and one send of kafkajs for each order. */
async function expressWithSends(): Promise<void> {
  const { checkHead, checkBody } = await openOrderIntake(config);
  const kafka = new Kafka({
    clientId: 'bench-express',
    brokers: [...config.kafkaBrokers],
    logLevel: logLevel.ERROR,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const app = express();
  app.use(express.json({ limit: '64kb' }));
  const place = async (request: express.Request, response: express.Response): Promise<void> => {
    const { orderId, value } = await checkBody(checkHead(request), request.body);
    const partition = partitionOf(orderId, config.partitions);
    const messages = [{ key: orderId, value, partition }];
    const [sent] = await producer.send({ topic, acks: -1, messages });
    response
      .status(202)
      .type('json')
      .send(acceptedText(orderId, `${partition}:${sent?.baseOffset}`));
  };
  app.post('/v1/orders', (request, response, next) => {
    place(request, response).catch(next);
  });
  const onError: express.ErrorRequestHandler = (error, _request, response, _next) =>
    void response.status(statusOf(error)).end();
  app.use(onError);
  app.listen(config.httpPort, '127.0.0.1');
}

const arms: Readonly<Record<string, () => Promise<unknown>>> = {
  millrace: () => startApi(context),
  bare,
  express: expressWithSends,
  catalogue: () => startCatalogue(context),
};
await arms[process.argv[2] ?? '']?.();
process.once('SIGTERM', () => process.exit(0));
process.send?.('ready');
