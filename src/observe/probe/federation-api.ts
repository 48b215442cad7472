/** The requests by which one homeserver recognises another (Server-Server API), and what their answers say. */
import type { HttpFacts, VersionFacts } from "../../facts/facts.ts";

export const VERSION_PATH = "/_matrix/federation/v1/version";
export const KEYS_PATH = "/_matrix/key/v2/server";
/**
 * An event id with an encoded `$` and `/`: a homeserver refuses it for want of authentication; a proxy that decodes the path doesn't find
 * it.
 */
export const ENCODED_PATH = "/_matrix/federation/v1/event/%24a%2Fb";
/**
 * A transaction without events and without a signature (PUT /_matrix/federation/v1/send/{txnId}): every homeserver refuses it before it
 * looks inside.
 */
export const TRANSACTION_PATH = "/_matrix/federation/v1/send/matrix-delegation-check";
export const VERSION_MAX_BYTES = 65_536;
export const KEYS_MAX_BYTES = 131_072;

/** `{"server": {"name", "version"}}` of GET /_matrix/federation/v1/version. */
export function serverOf(response: HttpFacts, body: Buffer): Pick<VersionFacts, "server" | "problem"> {
  if (response.truncated) return { server: null, problem: `more than ${VERSION_MAX_BYTES} bytes` };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return { server: null, problem: "no JSON" };
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return { server: null, problem: "no JSON object" };
  const server: unknown = (json as Record<string, unknown>)["server"];
  if (typeof server !== "object" || server === null) return { server: null, problem: "no server object" };
  const { name, version } = server as Record<string, unknown>;
  if (typeof name !== "string") return { server: null, problem: "no server name" };
  return { server: { name: text(name), version: text(version) }, problem: null };
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 200) : "";
}
