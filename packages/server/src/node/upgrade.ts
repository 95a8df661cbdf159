// A server lets go of a connection whose request wants another protocol. Here it is answered all the same.
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Whether an earlier request of a connection still waits for its answer, which a tunnel would cut through. */
export const hasPendingAnswer = (socket: Socket): boolean =>
  Boolean(Reflect.get(socket, '_httpMessage'));

/** The answer to a request whose connection the server has let go of. The connection ends with it. */
export const createLastResponse = (request: IncomingMessage, socket: Socket): ServerResponse => {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on('drain', () => {
    if (response.writableNeedDrain) response.emit('drain');
  });
  response.once('finish', () => socket.destroySoon());
  return response;
};

const OFFER = /^(?:upgrade|http2-settings)$/i;

/** How many texts of names and values Node keeps where the server sets no limit; it drops the others silently. */
const NODE_LIMIT = 2000;

/** Whether Node may have dropped fields of a request, one that frames its body among them. */
const isCutOff = ({ rawHeaders }: IncomingMessage, { maxHeadersCount }: Server): boolean => {
  const limit = typeof maxHeadersCount === 'number' ? maxHeadersCount * 2 : NODE_LIMIT;
  return limit > 0 && rawHeaders.length >= limit;
};

/** `close` follows. */
const ignoreError = (): void => {};

/** Takes over a connection that its server has let go of: an error of it must not end the process. */
export const adopt = (socket: Socket): void => void socket.on('error', ignoreError);

/**
 * Gives a request back to its server without the protocol that it only offers, for an answer as to any other request
 * (RFC 9110 section 7.8).
 */
export const dismissUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
  const server: Server = Reflect.get(socket, 'server'); // by which Node's own server knows it
  if (isCutOff(request, server)) {
    socket.destroy();
    return;
  }
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    const options = value.split(',').filter((option) => !OFFER.test(option.trim()));
    if (/^connection$/i.test(name)) lines.push(`${name}: ${options.join()}`);
    else if (!OFFER.test(name)) lines.push(`${name}: ${value}`);
  }
  const text = `${lines.join('\r\n')}\r\n\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(text, 'latin1'), head]));
  socket.off('error', ignoreError);
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
};
