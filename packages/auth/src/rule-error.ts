/** A fault in the app's own rules or options, never in a request: the client learns nothing of it but the status 500. */
export class RuleError extends Error {
  override readonly name = "RuleError";
}
