export type { CorsOptions } from '../gate/cors.ts';
export { createNodeGate, type NodeGate, type NodeGateOptions } from './gate.ts';
export {
  type NodeMiddleware,
  nodeGuard,
  type RequestWithAuth,
  requireAnyScope,
  requireClaims,
  requireScope,
} from './middleware.ts';
