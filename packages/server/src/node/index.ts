export { createNodeGate, type NodeGate, type NodeGateOptions } from './gate.ts';
