// WebSocket handshakes, byte by byte.
import { connect } from 'node:net';

const sockets = [];
export const closeHandshakes = () => {
  for (const socket of sockets) socket.destroy();
};

/** Sends an upgrade request and reads the head of the answer, and the body of a refusal. */
export const shakeHands = async (port, fields, { upgrade = 'websocket', method = 'GET' } = {}) => {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const head = [
    `${method} / HTTP/1.1`,
    'Host: api.test',
    'Connection: Upgrade',
    `Upgrade: ${upgrade}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...fields,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk.toString('latin1');
    if (/^HTTP\/1\.1 101 .*\r\n\r\n/s.test(answer)) break; // which destroys the socket
  }
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const [, challenge] = /^www-authenticate: (.*)\r$/im.exec(answer) ?? [];
  return { status, challenge, answer };
};
