export { inferStreams, type StreamEvidence } from "./infer.ts";
