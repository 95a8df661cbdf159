// Echoes each message with the name of its sender. Only clients with a good token can connect.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { loadAuthConfig } from '@zep-auth/core';
import { guardUpgrades } from './guard-upgrades.mjs';

const config = await loadAuthConfig(process.env, { readFile });
const server = createServer((_request, response) => {
  response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade' }).end();
});
guardUpgrades(server, {
  config,
  protocols: ['chat'],
  onSocket: (socket, auth) => {
    socket.on('message', (data) => socket.send(`${auth?.claims.sub}: ${data}`));
  },
});
server.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
