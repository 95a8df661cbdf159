// The one part of undici that the gate uses. Its entry would bring along ten times as much, and a global dispatcher.
export { default as Pool } from 'undici/lib/dispatcher/pool.js';
