export * from '@zep-auth/test-kit/upstream';
