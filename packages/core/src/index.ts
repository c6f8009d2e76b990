export { type ErrorDetails, type ErrorPlace, LbcError } from "./errors.ts";
