/** keys/differ: the endpoints give keys of different servers. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withKeys } from "../../views/keys-answer.ts";
import { ed25519, keyHolder, keyIds } from "../../views/keys-faults.ts";

export const keysDiffer: Rule = {
  code: "keys/differ",
  severity: "error",
  concerns: "everybody",
  title: "The endpoints give different signing keys",
  spec: SPEC.keys,
  breaks: "endpoint",
  explain: `
The addresses or SRV targets of one server name lead to homeservers with different names or keys: two homeservers answer for one name.

**How it shows.** Some addresses or targets give another \`server_name\`, other key ids, or other keys under the same id.

**Who is affected.** All homeservers: they get one or the other keys at random, and refuse messages that are signed with the other ones.

**Look-alikes.** During a key change the answers may differ for some minutes, if there is a cache in front of one of them. All workers of
one Synapse must use the same key file.

**Usual causes.** An AAAA or SRV record that still leads to the old machine after a move; a test installation with the same name; workers
with different key files.

**Fix.** Switch off the homeserver that isn't the real one, or remove its address from DNS. All machines of one homeserver must have the
same signing key.

**Log lines.** Synapse: \`Failed to find any key to satisfy\`, \`Signature verification failed\`, not each time.

Specification: Server-Server API, "Publishing keys".
`,
  causes: ["keys/server-name-mismatch", "keys/other-server-name", "keys/case"],
  *judge(facts: Facts): Iterable<Found> {
    const groups = groupBy(withKeys(facts), ({ reading }) => keyHolder(reading));
    if (groups.length < 2) return;
    const names = new Set(groups.map(([{ reading }]) => JSON.stringify([reading.serverName, keyIds(reading)])));
    const shown = groups.slice(0, 4).map((group) => {
      const [first] = group;
      const ids = ed25519(first.reading).map(({ id, key }) =>
        names.size === groups.length || key === undefined ? quote(id) : `${quote(id)} = ${key}`,
      );
      return `${group.map(({ endpoint }) => endpoint.place).join(", ")}: ${quote(first.reading.serverName)} with ${ids.length === 0 ? "no key" : list(ids)}`;
    });
    yield {
      severity: "error",
      detail: `The addresses give keys of ${groups.length} different homeservers. ${shown.join("; ")}. Other homeservers get one or the other at random.`,
      fix: [
        `Find out which one is the real homeserver of ${facts.serverName}, and remove the A, AAAA or SRV records that lead to the others.`,
        "If all of them belong to one homeserver (workers, load balancing), give all of them the same signing key file and server_name, and restart them.",
      ],
      where: groups.flat().map(({ endpoint }) => endpoint.place),
    };
  },
};
