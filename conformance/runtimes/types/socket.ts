// What a WebSocket takes, by the types of each runtime that has one.
// Never run: that it compiles is the proof.
import { webSocketProtocols } from '@zep-auth/sdk-auth';

export const connect = (token: string): WebSocket =>
  new WebSocket('wss://api.example.com/', webSocketProtocols(token));
