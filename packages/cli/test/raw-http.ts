export {
  exchange,
  openConnection as openRaw,
  parseResponse,
  type RawResponse,
} from '@zep-auth/test-kit/http';
