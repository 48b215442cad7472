/** What became of the key request, as far as it isn't the version's fault again. Views on the facts, no text. */
import { keysFaults, type KeysFault, type ReadKeys } from "./keys-faults.ts";
import type { EndpointFacts, Facts, KeysFacts, Outcome } from "../facts/facts.ts";
import { type PlacedEndpoint, endpointsOf } from "./endpoints.ts";
import { speaksOnlyHttp2 } from "./http2-only.ts";
import { badAnswer, versionKind, type VersionKind } from "./version-answer.ts";

/** Faults of one family at both requests are one fault: the version's. */
type Family = "elsewhere" | "homeserver" | "upstream" | "forbidden" | "timeout" | "no-answer";

const FAMILIES: Record<Exclude<VersionKind, "good" | "unknown">, Family> = {
  "not-routed": "elsewhere",
  "not-json": "elsewhere",
  redirected: "elsewhere",
  "http-status": "elsewhere",
  "listener-missing": "homeserver",
  disabled: "homeserver",
  "upstream-down": "upstream",
  forbidden: "forbidden",
  timeout: "timeout",
  "host-not-matched": "elsewhere",
  "user-agent-blocked": "forbidden",
  "no-answer": "no-answer",
  tls: "no-answer",
};

function versionFamily(facts: Facts, endpoint: PlacedEndpoint): Family | null {
  const kind = versionKind(facts, endpoint);
  return kind === "good" || kind === "unknown" ? null : FAMILIES[kind];
}

function keysFamily(keys: Outcome<KeysFacts>): Family | null {
  if (keys.status === "failed") return keys.error.code === "timeout" ? "timeout" : "no-answer";
  if (keys.status !== "done" || keys.value.reading?.kind === "keys") return null;
  return FAMILIES[badAnswer(keys.value.response)];
}

/** The endpoints whose key request failed in another way than their version request. */
function ownFaults(facts: Facts): PlacedEndpoint[] {
  return endpointsOf(facts).filter((endpoint) => {
    if (speaksOnlyHttp2(facts, endpoint)) return false;
    const family = keysFamily(endpoint.keys);
    // Where another Host is served, whatever this one gets is that fault.
    return family !== null && family !== versionFamily(facts, endpoint) && versionKind(facts, endpoint) !== "host-not-matched";
  });
}

/** With a failed request, of their own fault. */
export function failedKeys(facts: Facts): { endpoint: PlacedEndpoint; keys: Extract<EndpointFacts["keys"], { status: "failed" }> }[] {
  return ownFaults(facts).flatMap((endpoint) => (endpoint.keys.status === "failed" ? [{ endpoint, keys: endpoint.keys }] : []));
}

/** With an answer that holds no keys, of their own fault. */
export function badKeys(facts: Facts): { endpoint: PlacedEndpoint; keys: KeysFacts; versionWorks: boolean }[] {
  return ownFaults(facts).flatMap((endpoint) =>
    endpoint.keys.status === "done" ? [{ endpoint, keys: endpoint.keys.value, versionWorks: versionKind(facts, endpoint) === "good" }] : [],
  );
}

export interface WithKeys {
  endpoint: PlacedEndpoint;
  keys: KeysFacts;
  reading: ReadKeys;
  /** Of the key request. */
  ms: number;
}

/** The endpoints that gave keys. */
export function withKeys(facts: Facts): WithKeys[] {
  return endpointsOf(facts).flatMap((endpoint) => {
    if (endpoint.keys.status !== "done" || endpoint.keys.value.reading?.kind !== "keys") return [];
    return [{ endpoint, keys: endpoint.keys.value, reading: endpoint.keys.value.reading, ms: endpoint.keys.ms }];
  });
}

/** Those whose keys have that fault. */
export function withKeysFault(facts: Facts, fault: KeysFault): WithKeys[] {
  return withKeys(facts).filter(({ endpoint }) => keysFaults(facts, endpoint).includes(fault));
}
