// Compiled with the types of each runtime that has a WebSocket, never run.
import { webSocketProtocols } from '@zep-auth/sdk-auth';

export const connect = (token: string): WebSocket =>
  new WebSocket('wss://api.example.com/', webSocketProtocols(token));
