/** well-known/trailing-dot: the host of m.server ends in a dot. */
import { correctFile } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, whereSeen } from "../../views/well-known-read.ts";

const COMPARING = whose(({ tls }) => tls.finalDot.is === "kept");

export const trailingDot: Rule = {
  code: "well-known/trailing-dot",
  severity: "error",
  mechanisms: ["well-known:trailing-dot"],
  title: "The host of m.server ends in a dot",
  spec: SPEC.wellKnown,
  explain: `
In DNS a final dot marks a complete name, so \`matrix.example.com.\` resolves like \`matrix.example.com\`. But names in certificates have
no final dot (RFC 9525), and Synapse compares the name with the dot.

**How it shows.** Homeservers with Synapse can't connect, others can.

**Who is affected.** Synapse: its certificate check fails. Dendrite removes the dot. conduwuit and tuwunel accept it.

**Look-alikes.** \`tls/name-mismatch\` the certificate really is for other names. In a zone file the final dot is right, and a missing dot
is the mistake (\`srv/target-unresolvable\`).

**Fix.** Remove the dot from the file: \`{"m.server": "matrix.example.com:443"}\`.

**Log lines.** Synapse: \`certificate verify failed\`, \`DNSMismatch\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const dotted = seenBy(facts)
      .filter(isValid)
      .filter(({ result }) => result.name.finalDot);
    for (const group of groupBy(dotted, ({ result, url }) => `${result.value} ${url}`)) {
      const [first] = group;
      const { name, value } = first.result;
      yield {
        severity: "error",
        detail: `The host in m.server ends in a dot. m.server is ${quote(value, 255)}. Names in certificates have no final dot, so the certificate check of ${list(COMPARING)} fails.`,
        fix: [correctFile(first.url, formatHostPort(name.host.replace(/\.$/, ""), name.port))],
        where: whereSeen(facts, group),
      };
    }
  },
};
