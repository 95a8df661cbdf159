// Setup of the unit tests: whatever opens a socket or starts a process fails.
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Server, Socket } from 'node:net';

const refuse = (what: string) => (): never => {
  throw new Error(`a unit test ${what}; name its file *.system.test.ts`);
};

Server.prototype.listen = refuse('listens on a socket');
Socket.prototype.connect = refuse('opens a socket');
const start = refuse('starts a process');
Object.assign(childProcess, {
  exec: start,
  execFile: start,
  execFileSync: start,
  execSync: start,
  fork: start,
  spawn: start,
  spawnSync: start,
});
syncBuiltinESMExports();
