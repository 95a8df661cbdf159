// Asks the authenticator before a WebSocket is accepted, and closes the WebSocket when its token expires.
import { STATUS_CODES } from 'node:http';
import {
  bearer,
  createAuthenticator,
  selectProtocol,
  subprotocol,
  toProblem,
} from '@zep-auth/server';
import { WebSocketServer } from 'ws';

const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_TIMER_MS = 2 ** 31 - 1; // a longer one would go off at once
const POLICY_VIOLATION = 1008;

/** The request as the authenticator reads it. `request.headers` would hide the second of two Authorization headers. */
const toView = ({ method, url, socket, rawHeaders }) => {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return {
    method,
    url,
    scheme: socket.encrypted ? 'https' : 'http',
    peerAddress: socket.remoteAddress,
    names: () => names,
    values: (name) => rawHeaders.filter((_, i) => i % 2 === 1 && names[(i - 1) / 2] === name),
  };
};

const refuse = (socket, refused) => {
  const { status, headers, body } = toProblem(refused);
  const fields = Object.entries({ ...headers, connection: 'close' })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields}\r\n${body}`);
};

/** Closes a WebSocket when its token expires. */
const closeAt = (endMs, socket) => {
  const leftMs = endMs - Date.now();
  if (leftMs <= 0) return socket.close(POLICY_VIOLATION, 'the token has expired');
  const timer = setTimeout(closeAt, Math.min(leftMs, MAX_TIMER_MS), endMs, socket);
  socket.once('close', () => clearTimeout(timer));
};

/** Opens WebSockets to a server for clients with a good token; `onSocket` gets each with its `auth`. */
export const guardUpgrades = (server, { config, protocols = [], onSocket }) => {
  const { authenticate } = createAuthenticator({ config, sources: [bearer(), subprotocol()] });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => selectProtocol(offered, protocols) ?? false,
  });

  const open = (socket, auth) => {
    socket.on('error', () => {}); // it is closed by then; unheard, it would end the process
    onSocket(socket, auth);
    if (auth?.expiresAt !== undefined) closeAt(auth.expiresAt * 1000, socket);
  };

  const decide = async (request, socket, head) => {
    // An upgrade is never a preflight, and no path is public here.
    const result = await authenticate(toView(request), undefined, { exempt: false });
    if (result.outcome === 'refused') return refuse(socket, result);
    sockets.handleUpgrade(request, socket, head, (opened) => open(opened, result.auth));
  };

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()); // the client may leave while it is asked
    decide(request, socket, head).catch((error) => {
      console.error(error);
      socket.destroy();
    });
  });
};
