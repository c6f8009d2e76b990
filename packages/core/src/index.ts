export { withArticle } from "./article.ts";
export { type ErrorDetails, type ErrorPlace, LbcError } from "./errors.ts";
export { didYouMean } from "./suggest.ts";
