/**
 * The part of Node's `assert` that undici uses, without its search for the source of a failure.
 *
 * @param {unknown} isMet
 * @param {string | Error} [message]
 */
const assert = (isMet, message = 'an assertion failed') => {
  if (!isMet) throw message instanceof Error ? message : new Error(message);
};

module.exports = assert;
