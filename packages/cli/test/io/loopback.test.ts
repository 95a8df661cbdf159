import { expect, it } from 'vitest';
import { isLoopback } from '../../src/io/loopback.ts';

it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.1', '::1', '[::1]'])(
  '%s is this machine',
  (host) => expect(isLoopback(host)).toBe(true),
);

it.each([
  '',
  'api.example.com',
  'localhost.example',
  '127.0.0.1.example',
  '0.0.0.0',
  '10.0.0.1',
  '::',
  '[::]',
])('%j is not', (host) => expect(isLoopback(host)).toBe(false));
