/** address/not-public: an address that the public internet can't reach and that homeservers refuse to connect to. */
import type { Facts } from "../../facts/facts.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import { addressesOf, hostFacts, usedHosts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { isOfBackupsOnly } from "../../views/route.ts";
import { list } from "../../views/words.ts";
import { notPublic as kindOf } from "../../views/address-kind.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const addressNotPublic: Rule = {
  code: "address/not-public",
  severity: ["error", "warning"],
  mechanisms: ["address:not-public", "well-known:not-public"],
  title: "An address isn't reachable from the public internet",
  spec: SPEC.resolving,
  explain: `
The host, or a host to which the well-known redirects, has a private, loopback, link-local, shared (CGNAT), documentation or reserved
address. Other servers can't connect to it. Homeservers also refuse to try, so that nobody can misuse them to attack private networks.

**Who is affected.** Synapse drops *every* address of the host when one of them is in such a range; the working address beside it doesn't
help. Dendrite refuses private ranges by default; the conduwuit family refuses them as literals.

**Look-alikes.** Split-horizon DNS: inside a network the name may have a private address while the rest of the world sees a public one. To
find out, ask a public resolver: \`matrix-delegation-check --dns-server https://… <name>\`. For an internal federation use
\`--allow-private\`.

**Fix.** Publish only public addresses in the public zone. A private address belongs in the internal zone only.

**Log lines.** Synapse: \`Blocked … from DNS resolution\`. conduwuit family: \`Not allowed to send requests to this IP\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.settings.allowPrivate) return;
    const literals = facts.targets
      .filter(({ host, overridden }) => isIpLiteral(host) && !overridden)
      .map(({ host }) => ({ host, addresses: [host] }));
    const used = usedHosts(facts).map((each) => ({ host: each.host, addresses: addressesOf(each) }));
    const elsewhere = redirectedTo(facts).filter(({ host }) => !used.some((each) => each.host === host));
    for (const { host, addresses } of [...literals, ...used, ...elsewhere]) {
      const bad = addresses.flatMap((address) => {
        const kind = kindOf(facts, address);
        return kind === null ? [] : [{ address, kind }];
      });
      if (bad.length === 0) continue;
      const others = addresses.length - bad.length;
      yield {
        severity: isOfBackupsOnly(facts, host) ? "warning" : "error",
        detail: isIpLiteral(host)
          ? `${host} isn't a public address (${bad[0]?.kind ?? ""}). Homeservers refuse to connect there.`
          : `${host} has ${list(bad.map(({ address, kind }) => `${address} (${kind})`))}. Homeservers refuse to connect there.${others > 0 ? ` Synapse then doesn't use the host's other ${others === 1 ? "address" : `${others} addresses`} either.` : ""} If only this network's DNS gives a private address (split horizon), ask a public resolver with --dns-server.`,
        fix: isIpLiteral(host)
          ? [`Use a public address, or a host name with one.`]
          : [
              `In the public zone, give ${host} public addresses only: remove the record${bad.length > 1 ? "s" : ""} with ${list(bad.map(({ address }) => address))}.`,
              "For a federation inside a private network, check with --allow-private, and allow the address range in each homeserver's configuration.",
            ],
        where: [host],
        explainsOthers: {
          at: placesAt(
            facts,
            host,
            bad.map(({ address }) => address),
          ),
        },
      };
    }
  },
};

/** The hosts that the well-known redirects to, unless --connect-to has other addresses for them. */
function redirectedTo(facts: Facts): { host: string; addresses: string[] }[] {
  const hops = done(facts.wellKnown)?.attempts.flatMap((attempt) => attempt.hops.slice(1)) ?? [];
  const found = hops.flatMap(({ host, connection }) => {
    const known = hostFacts(facts, host);
    const addresses = known === null ? [host] : addressesOf(known);
    return connection !== null && addresses.includes(connection.address) ? [[host, { host, addresses }] as const] : [];
  });
  return [...new Map(found).values()];
}

/** What was seen there isn't what others see: they don't get there. A URL only where all that was asked for it were such addresses. */
function placesAt(facts: Facts, host: string, addresses: readonly string[]): string[] {
  const endpoints = facts.targets.filter(({ overridden }) => !overridden).flatMap(({ endpoints }) => endpoints);
  const attempts = done(facts.wellKnown)?.attempts ?? [];
  const hops = attempts.flatMap((attempt) => attempt.hops).filter((hop) => hop.host.toLowerCase() === host.toLowerCase());
  const isBad = (at: { address: string } | null): boolean => at !== null && addresses.includes(at.address);
  return [
    ...[...endpoints, ...attempts].filter(isBad).map(({ address, port }) => place(address, port)),
    ...(hops.every(({ connection }) => isBad(connection)) ? hops.map(({ url }) => url) : []),
  ];
}
