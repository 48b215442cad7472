/** address/not-public: an address that the public internet can't reach and that homeservers refuse to connect to. */
import type { Facts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { addressesOf, hostFacts, usedHosts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { notPublic as kindOf } from "../../views/address-kind.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const addressNotPublic: Rule = {
  code: "address/not-public",
  severity: "error",
  mechanisms: ["address:not-public", "well-known:not-public"],
  title: "An address isn't reachable from the public internet",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
The host, or one to which its well-known redirects, has a private, loopback, link-local, shared (CGNAT), documentation or reserved address. Others can't connect to it, and homeservers refuse to try, so that nobody can
use them to reach into other people's networks.

**Who is affected.** Synapse drops *every* address of the host when one of them is in such a range; the working address beside it doesn't help. Dendrite refuses private ranges by default;
the conduwuit family refuses them as literals.

**Look-alikes.** Split-horizon DNS: inside a network the name may have a private address while the rest of the world sees a public one. Ask a public resolver to find out:
\`matrix-delegation-check --dns-server https://… <name>\`. For an internal federation use \`--allow-private\`.

**Fix.** Publish the public address in the zone that the world sees, and remove the others; a private address belongs into the internal zone only.

**Log lines.** Synapse: \`Blocked … from DNS resolution\`. conduwuit family: \`Not allowed to send requests to this IP\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.settings.allowPrivate) return;
    const literals = facts.targets
      .filter(({ host, overridden, srv }) => isIpLiteral(host) && !overridden && srv === undefined)
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
        severity: "error",
        detail: isIpLiteral(host)
          ? `${host} isn't a public address (${bad[0]?.kind ?? ""}). Homeservers refuse to connect there.`
          : `${host} has ${list(bad.map(({ address, kind }) => `${address} (${kind})`))}. Homeservers refuse to connect there.${others > 0 ? ` Synapse then drops the other ${others} too.` : ""} If this machine's DNS shows another address than the public one (split horizon), ask a public resolver with --dns-server.`,
        fix: isIpLiteral(host)
          ? [`Use a public address, or a host name with one.`]
          : [
              `In the public zone, give ${host} public addresses only: remove the record${bad.length > 1 ? "s" : ""} with ${list(bad.map(({ address }) => address))}.`,
              "For a federation inside a private network, check with --allow-private and allow the range in each homeserver.",
            ],
        where: [host],
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
