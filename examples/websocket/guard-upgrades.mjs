// Asks the guard before a WebSocket is agreed to, and ends the WebSocket when its token ends.
// Never upgrades what the guard has refused, and never names the token in an answer.
import { STATUS_CODES } from 'node:http';
import { authGuard, selectProtocol } from '@zep-auth/server';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';

const CREDENTIALS = ['authorization', 'sec-websocket-protocol'];
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_TIMER_MS = 2 ** 31 - 1; // a longer one would go off at once
const POLICY_VIOLATION = 1008;

/** Every credential there is: `request.headers` has the first Authorization header only. */
const readCredentials = ({ rawHeaders }) => {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = rawHeaders.slice(i, i + 2);
    if (CREDENTIALS.includes(name.toLowerCase())) headers.append(name, value);
  }
  return headers;
};

const refuse = async (socket, answer) => {
  const fields = [...answer.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const status = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n`;
  socket.once('finish', () => socket.destroy());
  socket.end(`${status}${fields}connection: close\r\n\r\n${await answer.text()}`);
};

/** Closes a WebSocket when its token ends. */
const closeAt = (endMs, socket) => {
  const leftMs = endMs - Date.now();
  if (leftMs <= 0) return socket.close(POLICY_VIOLATION, 'the token has expired');
  const timer = setTimeout(closeAt, Math.min(leftMs, MAX_TIMER_MS), endMs, socket);
  socket.once('close', () => clearTimeout(timer));
};

/** Opens WebSockets to a server for clients with a good token; `onSocket` gets each with its `auth`. */
export const guardUpgrades = (server, { config, protocols = [], onSocket }) => {
  const guard = new Hono();
  guard.use(authGuard({ config, sources: ['header', 'subprotocol'], onWarning: console.warn }));
  guard.get('/', (c) => c.json({ auth: c.var.auth })); // reached only past the guard
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => selectProtocol(offered, protocols) ?? false,
  });

  const open = (socket, auth) => {
    socket.on('error', () => {}); // it is closed by then; unheard, it would end the process
    onSocket(socket, auth);
    if (auth?.claims.exp !== undefined) closeAt(auth.claims.exp * 1000, socket);
  };

  const decide = async (request, socket, head) => {
    const answer = await guard.request('/', { headers: readCredentials(request) });
    if (!answer.ok) return refuse(socket, answer);
    const { auth } = await answer.json();
    sockets.handleUpgrade(request, socket, head, (opened) => open(opened, auth));
  };

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()); // the client may leave while it is asked
    decide(request, socket, head).catch((error) => {
      console.error(error);
      socket.destroy();
    });
  });
};
