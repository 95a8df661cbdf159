import type { Engine } from './engine.ts';
import { joseEngine } from './jose.ts';
import { findNativeEngine } from './native.ts';

/** The engine on Node's crypto where the runtime has it, else jose on WebCrypto. */
export const selectEngine = (): Engine => findNativeEngine() ?? joseEngine;
