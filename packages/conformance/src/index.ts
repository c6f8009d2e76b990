export { type RandomFailure, type RandomOptions, runRandom } from "./random/run.ts";
export { readFixture, typeFixtures } from "./suite/declarations.ts";
export { compileFixtures, compileObjectFixtures, objectFixtures } from "./suite/fixture-objects.ts";
export { kernelDeclarations } from "./suite/kernel.ts";
export type { PeerHeader } from "./suite/peer-header.ts";
export type { Declarations } from "./suite/prepare.ts";
export { type PrintedType, printedTypes } from "./suite/printed-types.ts";
export { type Disagreement, type Outcome, type RunOptions, runDeclarations, runObjects } from "./suite/run.ts";
