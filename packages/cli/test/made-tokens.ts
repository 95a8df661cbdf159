export * from '@zep-auth/test-kit/tokens';
