/** Why a request gets no check: one line for people, and when it may be tried again. */
export class Refused extends Error {
  readonly status: 400 | 429;
  /** Seconds; null: never, as it is wrong in itself. */
  readonly retryAfter: number | null;

  constructor(status: 400 | 429, message: string, retryAfter: number | null = null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Which limit a refused request was over; for the service's own metrics. */
export type Limit = "client" | "name" | "domain" | "at-once";

export class OverLimit extends Refused {
  readonly limit: Limit;

  constructor(limit: Limit, message: string, retryAfter: number) {
    super(429, message, retryAfter);
    this.limit = limit;
  }
}
