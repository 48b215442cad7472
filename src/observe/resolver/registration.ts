/**
 * Is the domain registered? Asked only when DNS knows nothing of the server name: then the domain that somebody registers is asked for, and
 * so are the nameservers of what it is registered under, because a resolver may say of a domain that it blocks that there is none.
 */
import type { Facts, RegistrationFacts } from "../../facts/facts.ts";
import type { ServerName } from "../../matrix/server-name.ts";
import type { Io } from "../../net/io.ts";
import { isPublicAddress } from "../../facts/public-address.ts";
import { isNowhereInDns } from "../../views/registration.ts";
import { isTopLevelDomain, registrableDomain } from "../../views/top-level-domain.ts";
import { DNS_PORT } from "./zones.ts";

const QUERY_MS = 2_000;
/** Nameservers of the registry that are asked. */
const ASKED = 2;

/** Null when DNS knows the name, or it is below no public suffix and a private network can't have it. */
export async function askRegistration(io: Io, { kind, dnsHost }: ServerName, facts: Facts): Promise<RegistrationFacts | null> {
  if (kind !== "dns" || !isNowhereInDns(facts)) return null;
  const registrable = registrableDomain(dnsHost);
  if (registrable === null) return askTopLevel(io, dnsHost, facts.settings);
  const { domain, suffix } = registrable;
  const [resolver, registry] = await Promise.all([
    io.dns.query(domain, "NS", io.signal),
    facts.settings.authoritative === false ? ("unknown" as const) : askRegistry(io, domain, suffix, facts.settings),
  ]);
  return { domain, suffix, rcode: resolver.status === "done" ? resolver.value.rcode : null, registry };
}

/** A private network may have a top-level domain of its own. */
async function askTopLevel(io: Io, host: string, { allowPrivate }: Facts["settings"]): Promise<RegistrationFacts | null> {
  const last = host.slice(host.lastIndexOf(".") + 1);
  if (!allowPrivate || isTopLevelDomain(last)) return null;
  const known = await io.dns.query(last, "NS", io.signal);
  return { domain: last, suffix: last, rcode: known.status === "done" ? known.value.rcode : null, registry: "unknown" };
}

async function askRegistry(
  io: Io,
  domain: string,
  suffix: string,
  { allowPrivate, family }: Facts["settings"],
): Promise<RegistrationFacts["registry"]> {
  const known = await io.dns.query(suffix, "NS", io.signal);
  const names = known.status === "done" ? known.value.records.slice(0, ASKED).map(({ name }) => name) : [];
  const answers = await Promise.all(
    names.map(async (name): Promise<RegistrationFacts["registry"]> => {
      const { addresses, port } = io.connectTo.resolve(name, DNS_PORT);
      const address = addresses?.[0] ?? (await addressOf(io, name, family));
      if (address === undefined || (addresses === null && !allowPrivate && !isPublicAddress(address))) return "unknown";
      const at = { transport: "dns", address, port } as const;
      const outcome = await io.dns.queryAt(at, domain, "NS", { recursion: false, timeoutMs: QUERY_MS }, io.signal);
      if (outcome.status !== "done") return "unknown";
      const { rcode, authoritative, delegation, records } = outcome.value;
      if (delegation !== undefined || records.length > 0) return "delegated";
      return rcode === "NXDOMAIN" && authoritative === true ? "none" : "unknown";
    }),
  );
  return answers.includes("delegated") ? "delegated" : answers.includes("none") ? "none" : "unknown";
}

async function addressOf(io: Io, name: string, family: 4 | 6 | null): Promise<string | undefined> {
  const outcome = await io.dns.query(name, family === 6 ? "AAAA" : "A", io.signal);
  return outcome.status === "done" ? outcome.value.records[0]?.address : undefined;
}
