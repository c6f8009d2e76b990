export { type InspectOptions, renderInspect } from "./render.ts";
