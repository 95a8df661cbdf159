// What zepcli uses of unstorage's drivers: their own types want the packages of every other driver.
import type { RevocationStorage } from '@zep-auth/server';

interface Driver extends RevocationStorage {
  readonly getKeys: (base: string) => Promise<readonly string[]>;
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
  readonly getInstance: () => {
    on(event: 'error' | 'close', listener: (error: Error) => void): void;
  };
};
