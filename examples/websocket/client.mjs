// A client for the server, with Node's WebSocket or, in a Node without one, with ws. The token is not in the URL, where
// logs would keep it.
import { tokenFromEnv, webSocketProtocols } from '@zep-auth/sdk-auth';

const { WebSocket = (await import('ws')).WebSocket } = globalThis;
const protocols = ['chat', ...webSocketProtocols(tokenFromEnv(process.env))];
const socket = new WebSocket(process.env.ZEP_API_URL.replace(/^http/, 'ws'), protocols);

socket.onopen = () => socket.send('hello');
socket.onmessage = ({ data }) => {
  console.log(data);
  socket.close();
};
socket.onerror = ({ message }) => {
  console.error(`it did not open, or broke off: ${message || 'the token may be refused'}`);
  process.exitCode = 1;
};
