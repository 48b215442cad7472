/** What is wrong with the keys that an endpoint gives, each fault for itself. Whose keys they are is asked in keys-name.ts. */
import type { EndpointFacts, Facts, KeysReading } from "../facts/facts.ts";
import { isJsonTypeForSynapse } from "./content-type.ts";
import { judgedAt } from "./outcome.ts";

export type KeysFault = "expired" | "no-ed25519" | "malformed" | "bad-signature" | "unsigned-key" | "content-type" | "slow" | "differ";
export type ReadKeys = Extract<KeysReading, { kind: "keys" }>;

/** Synapse gives up after so many milliseconds, and nobody's events are accepted whose keys can't be had. */
export const TOO_SLOW_MS = 10_000;

/** Everything that makes some homeserver refuse these keys; empty when they are good, or weren't had. */
export function keysFaults(facts: Facts, { keys }: Pick<EndpointFacts, "keys">): KeysFault[] {
  if (keys.status !== "done" || keys.value.reading?.kind !== "keys") return [];
  const { reading, response } = keys.value;
  const counted = ed25519(reading);
  const whole = counted.filter(({ problem }) => problem === null);
  const hasValid = whole.some(({ signature }) => signature === "valid");
  const hasInvalid = whole.some(({ signature }) => signature === "invalid");
  const found: [KeysFault, boolean][] = [
    ["expired", reading.validUntil < judgedAt(facts).getTime()],
    ["no-ed25519", counted.length === 0],
    ["malformed", whole.length < counted.length],
    ["bad-signature", hasInvalid || (whole.length > 0 && !hasValid)],
    ["unsigned-key", hasValid && whole.some(({ signature }) => signature === "missing")],
    ["content-type", !isJsonTypeForSynapse(response)],
    ["slow", keys.ms > TOO_SLOW_MS],
    ["differ", comesFromSeveral(facts, reading)],
  ];
  return found.flatMap(([fault, isFound]) => (isFound ? [fault] : []));
}

/** Only these keys count for federation (Server-Server API, "Publishing Keys"). */
export function ed25519(reading: ReadKeys): ReadKeys["verifyKeys"] {
  return reading.verifyKeys.filter(({ id }) => id.startsWith("ed25519:"));
}

/** What the keys are called, in order. */
export function keyIds(reading: ReadKeys): string[] {
  return ed25519(reading)
    .map(({ id }) => id)
    .sort();
}

/** Endpoints with the same name and the same keys are one homeserver's. */
export function keyHolder(reading: ReadKeys): string {
  let holder = HOLDERS.get(reading);
  if (holder === undefined) {
    // Two homeservers may call their keys the same. Evidence of older versions has no keys, only what they are called.
    const keys = ed25519(reading).map(({ id, key }) => `${id} ${key ?? ""}`);
    HOLDERS.set(reading, (holder = JSON.stringify([reading.serverName, keys.sort()])));
  }
  return holder;
}

/** Every endpoint is compared with every other one, and there may be a thousand. */
const HOLDERS = new WeakMap<ReadKeys, string>();

function comesFromSeveral({ targets }: Facts, own: ReadKeys): boolean {
  const holder = keyHolder(own);
  return targets.some(({ endpoints }) =>
    endpoints.some(({ keys }) => {
      const other = keys.status === "done" ? keys.value.reading : null;
      return other?.kind === "keys" && keyHolder(other) !== holder;
    }),
  );
}
