/** An option that can't be meant; the message is one line that says what is wrong and what would be right. */
export class UsageError extends Error {
  readonly code = "usage";
  override name = "UsageError";
}
