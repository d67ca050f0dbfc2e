import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { getFromApi, readEvents } from './api-client.ts';
import { apiTarget, type ApiTarget } from './api-target.ts';

const servers: http.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }
});

async function serve(answer: (response: http.ServerResponse) => void): Promise<ApiTarget> {
  const server = http.createServer((_, response) => answer(response));
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credential: 'mr_test_x',
    dataDir: null,
  };
}

test.each([
  [404, 3],
  [409, 4],
  [412, 4],
  [422, 5],
  [429, 75],
  [503, 75],
  [502, 69],
])(
  'a problem with status %i ends the command with exit code %i, its code and request id',
  async (status, exitCode) => {
    const target = await serve((response) => {
      response
        .writeHead(status)
        .end(JSON.stringify({ type: 'http://x/problems/some-code', detail: 'why', requestId: 'r-1' }));
    });
    await expect(getFromApi(target, '/v1/orders')).rejects.toMatchObject({
      code: 'some-code',
      message: 'why',
      requestId: 'r-1',
      exitCode,
    });
  },
);

test('an answer that is no problem document is told by its status', async () => {
  const target = await serve((response) => response.writeHead(500).end('<html>'));
  await expect(getFromApi(target, '/')).rejects.toMatchObject({ code: 'http-500', exitCode: 69 });
});

test('nobody at the address is exit code 69', async () => {
  const target = { api: 'http://127.0.0.1:1', credential: 'x', dataDir: null };
  await expect(getFromApi(target, '/')).rejects.toMatchObject({ code: 'api-unavailable', exitCode: 69 });
});

test('reads events however the stream is cut, without comments', async () => {
  const text =
    ': hello\n\nid: 0.1\ndata: {"n":1}\n\n: heartbeat\n\nevent: order\ndata: {"n":\ndata: 2}\r\n\r\ndata: {"n":"ü"}\n\n';
  const bytes = Buffer.from(text);
  const target = await serve((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (at: number): void => {
      if (at >= bytes.length) return void response.end();
      response.write(bytes.subarray(at, at + 7), () => setImmediate(send, at + 7));
    };
    send(0);
  });
  const events: unknown[] = [];
  for await (const event of readEvents(await getFromApi(target, '/events', true))) events.push(event);
  expect(events).toEqual([{ n: 1 }, { n: 2 }, { n: 'ü' }]);
});

test('another API than the local one needs an address without a path, and its own key', async () => {
  const options = { color: false, set: {} };
  const full = { ...options, api: 'https://shop.example:8443/', key: 'mr_live_x' };
  expect(await apiTarget(full)).toEqual({
    api: 'https://shop.example:8443',
    credential: 'mr_live_x',
    dataDir: null,
  });
  for (const wrong of [
    { api: 'shop.example', key: 'k' },
    { api: 'http://shop.example/v1', key: 'k' },
    { api: 'http://shop.example' },
  ]) {
    await expect(apiTarget({ ...options, ...wrong })).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
  }
});
