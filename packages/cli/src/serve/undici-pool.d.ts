import type { NodeGateOptions } from '@zep-auth/server/node';

export declare const Pool: NonNullable<NodeGateOptions['undici']>['Pool'];
