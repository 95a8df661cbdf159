// What sdk-auth needs of this package. Where a bundler keeps unused code, as React Native's does, a client would carry the
// crypto along otherwise.
export { assertToken } from './bearer.ts';
export { AuthError } from './errors.ts';
