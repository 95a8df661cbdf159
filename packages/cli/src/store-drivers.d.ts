// What zepcli uses of unstorage's drivers.
// Never more than that.
import type { RevocationStorage } from '@zep-auth/server';

interface Driver extends RevocationStorage {
  readonly dispose?: () => unknown;
}

export const files: (options: { readonly base: string }) => Driver;
export const redis: (options: {
  readonly url: string;
  readonly connectTimeout: number;
  readonly maxRetriesPerRequest: number;
  readonly socketTimeout: number;
  readonly retryStrategy: (attempt: number) => number;
}) => Driver & {
  readonly getInstance: () => { on(event: 'error', listener: () => void): void };
};
