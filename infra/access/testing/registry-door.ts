import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Credential } from '../../local/kafka/kafka-security.ts';
import type { TestCertificates } from '../../local/testing/test-certificates.ts';

/**
 * TLS and HTTP Basic before a schema registry, as a proxy does it where the registry itself knows no users: who is
 * `taken` now gets in. `url` ends as that of the registry does.
 */
export async function openRegistryDoor(
  registryUrl: string,
  { certificateFile, keyFile }: TestCertificates,
  taken: () => Credential,
): Promise<{ readonly url: string; close(): void }> {
  const server = https.createServer(
    { cert: readFileSync(certificateFile), key: readFileSync(keyFile) },
    (request, response) => {
      const { username, password } = taken();
      const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      if (request.headers.authorization !== wanted) {
        request.resume();
        response.writeHead(401, { 'www-authenticate': 'Basic' }).end('who is there?');
        return;
      }
      const { origin } = new URL(registryUrl);
      const { method, headers, url } = request;
      const onward = http.request(`${origin}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    },
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}${new URL(registryUrl).pathname}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
