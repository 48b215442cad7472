/** Whether a server refuses who has no client certificate, as no homeserver has one. */
import type { ConnectionFacts, HttpFacts, NetError, Outcome } from "../facts/facts.ts";

export type Demand =
  /** The TLS connection ends: with an alert, in the handshake or behind it (TLS 1.3), or without. */
  | { by: "tls"; alert: string | null }
  /** TLS works, the request is refused. */
  | { by: "http"; status: number };

/**
 * `response`: what a request over that connection gave. Null: no client certificate is demanded, or that can't be told: a server that asks
 * for one may well do without it.
 */
export function demandsClientCertificate({ tls }: Pick<ConnectionFacts, "tls">, response: Outcome<HttpFacts>): Demand | null {
  if (tls.status === "failed") return isDemand(tls.error, false) ? { by: "tls", alert: tls.error.alert ?? null } : null;
  if (tls.status !== "done") return null;
  const asks = tls.value.asksClientCertificate === true;
  if (response.status === "failed") {
    const { error } = response;
    const isCut = asks && ["tls-alert", "tls", "closed", "reset"].includes(error.code);
    return isDemand(error, isCut) ? { by: "tls", alert: error.alert ?? null } : null;
  }
  if (response.status !== "done") return null;
  const { status, matrixError, excerpt } = response.value;
  // nginx's own page, with the status 400 (496 in its log). Others refuse with 403 what they asked for in the handshake.
  const isNginx = status === 400 && /No required SSL certificate was sent|The SSL certificate error/i.test(excerpt);
  return isNginx || (asks && matrixError === null && [403, 495, 496].includes(status)) ? { by: "http", status } : null;
}

/** RFC 8446, 6.2: `certificate_required` says only this. */
function isDemand(error: NetError, isCut: boolean): boolean {
  return error.alert === "certificate_required" || (error.asksClientCertificate === true && error.code !== "timeout") || isCut;
}
