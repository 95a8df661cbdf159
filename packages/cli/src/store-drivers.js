// The drivers of unstorage that zepcli uses. In JavaScript, since their types want the packages of every other driver.
// Never loaded by a command that needs no store.
export { default as files } from 'unstorage/drivers/fs-lite';
export { default as redis } from 'unstorage/drivers/redis';
