// A site with Auth.js and its Beyond Identity provider as it is delivered. Writes its port as one
// line, reads its settings as one line of JSON, and then serves /auth/*.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline/promises';
import { Auth } from '@auth/core';
import BeyondIdentity from '@auth/core/providers/beyondidentity';

let config;
const server = createServer(async (incoming, outgoing) => {
  const body = [];
  for await (const chunk of incoming) body.push(chunk);
  const url = new URL(incoming.url, `http://localhost:${server.address().port}`);
  const request = new Request(url, {
    method: incoming.method,
    headers: incoming.headers,
    body: body.length ? Buffer.concat(body) : undefined,
  });
  const response = await Auth(request, config);
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') outgoing.setHeader(name, value);
  }
  outgoing.setHeader('set-cookie', response.headers.getSetCookie());
  outgoing.end(Buffer.from(await response.arrayBuffer()));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

const input = createInterface({ input: process.stdin });
const settings = JSON.parse((await input[Symbol.asyncIterator]().next()).value);
config = {
  basePath: '/auth',
  secret: settings.secret,
  trustHost: true,
  providers: [
    BeyondIdentity({
      clientId: settings.client_id,
      clientSecret: settings.client_secret,
      issuer: settings.issuer,
    }),
  ],
};
console.log('ready');
process.stdin.on('end', () => process.exit(0)).resume();
