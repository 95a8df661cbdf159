// Servers as processes pinned to one core, with their processor time and memory.
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

const [LOAD_CORE, SERVER_CORE] = [0, 1];
const hasTwoCores = availableParallelism() > 1; // read before this process is pinned to one core
const REPORTER = new URL('report-usage.mjs', import.meta.url).href;
const TICKS_PER_SECOND = 100; // in /proc/…/stat on Linux, on every kernel

/** Pins a process to one core where the system supports that. */
const pin = (pid, core) =>
  hasTwoCores && spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]).status === 0;

export const pinLoad = (pid = process.pid) => pin(pid, LOAD_CORE);

/** The usage of a process with `report-usage.mjs`: `{ cpuMs, rssBytes }`. */
const askUsage = async (child) => {
  child.send('usage');
  const [usage] = await once(child, 'message');
  return usage;
};

/** The same from /proc, for a program that is not Node. */
const readUsage = ({ pid }) => {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return {
    cpuMs: ((user + system) * 1000) / TICKS_PER_SECOND,
    rssBytes: Number(resident) * 1024,
  };
};

/**
 * Starts a script that prints `listening on …:PORT`, as zepcli does.
 *
 * @param {{ args?: string[], env?: object, isLoad?: boolean }} options
 */
export const startScript = async (file, { args = [], env = {}, isLoad = false } = {}) => {
  const child = fork(file, args, {
    env: { ...process.env, ...env },
    execArgv: ['--expose-gc', '--import', REPORTER],
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, port] = /^listening on .*:(\d+)$/.exec(line) ?? [];
    if (port === undefined) continue;
    child.stdout.resume();
    const isPinned = pin(child.pid, isLoad ? LOAD_CORE : SERVER_CORE);
    return { port: Number(port), isPinned, usage: () => askUsage(child), stop: () => child.kill() };
  }
  throw new Error(`${file} ended before it listened`);
};

/** Starts a program that is not Node, or returns `undefined` where it is not installed. */
export const startProgram = async (program, args, port, env = {}) => {
  if (!existsSync('/proc/self/stat') || spawnSync(program, ['-v']).error) return undefined;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const url = `http://127.0.0.1:${port}/`;
  while (!(await fetch(url).then(Boolean, () => false))) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
  }
  const isPinned = pin(child.pid, SERVER_CORE);
  return { port, isPinned, usage: async () => readUsage(child), stop: () => child.kill() };
};
