export { default as files } from 'unstorage/drivers/fs-lite';
export { default as redis } from 'unstorage/drivers/redis';
