/** What an error of a finding makes fail. */
export type Part =
  /** There is no well-known file, or nothing that was meant as one; homeservers go on without it. */
  | "well-known"
  /** Homeservers are led to a wrong place, or to none, whatever answers there. */
  | "route"
  /** An endpoint: the connection, the TLS session, or what is answered. */
  | "endpoint"
  /** An endpoint's certificate. What is behind it can be seen all the same. */
  | "certificate";

/** Whether an error of that kind at an endpoint makes it fail. */
export function breaksEndpoint(part: Part | undefined): boolean {
  return part === "endpoint" || part === "certificate";
}
