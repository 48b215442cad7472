/** well-known/slow: a valid file that comes after more than 5 s. */
import type { Facts } from "../../facts/facts.ts";
import { limitsOf } from "../../homeservers/limits.ts";
import { duration, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, whereSeen, type ValidSeen } from "../../views/well-known-read.ts";

/** Who gives up after how many milliseconds. ejabberd has no model: its source says 5 s. */
const PATIENCE = [{ limit: 5000, names: ["ejabberd"] }, ...limitsOf(({ wellKnown }) => wellKnown.timeoutMs)];

export const slow: Rule = {
  code: "well-known/slow",
  severity: "warning",
  mechanisms: ["well-known:slow"],
  concerns: "everybody",
  title: "The well-known file is slow",
  spec: SPEC.wellKnown,
  explain: `
The file came, but only after more than 5 s (with all redirects). Some homeservers don't wait so long, and act as if there were no file:

| after | who gives up |
| --- | --- |
${PATIENCE.map(({ limit, names }) => `| ${limit / 1000} s | ${names.join(", ")} |`).join("\n")}

**How it shows.** Some homeservers use SRV records or port 8448, and not each time. The first message after a pause is late.

**Who is affected.** The homeservers that give up. All others must wait.

**Usual causes.** An application that must start first answers the path; the machine has too much load; or there are several redirects. Or
packets are lost in the network: then everything is slow, not only this file.

**Look-alikes.** \`well-known/timeout\`: no answer within the time limit. \`federation/slow\`: the homeserver is slow.

**Fix.** Serve the path from the web server itself, as a static file. \`curl -w '%{time_connect} %{time_appconnect} %{time_total}\\n' -so
/dev/null https://<server name>/.well-known/matrix/server\` shows how long each part takes.
`,
  *judge(facts: Facts): Iterable<Found> {
    const isSlow = ({ attempt }: ValidSeen): boolean => PATIENCE.some(({ limit }) => attempt.ms > limit);
    const valid = seenBy(facts).filter(isValid);
    const slow = valid.filter(isSlow);
    const [seen] = slow.toSorted((a, b) => b.attempt.ms - a.attempt.ms);
    if (seen === undefined) return;
    const { ms, hops } = seen.attempt;
    const at = slow.length === valid.length ? "" : ` at ${seen.place}, one of several addresses`;
    const affected = PATIENCE.flatMap(({ limit, names }) => (ms > limit ? names : []));
    yield {
      severity: "warning",
      detail: `The well-known file took ${duration(ms)}${at}${hops.length > 1 ? `, with ${hops.length - 1} ${hops.length === 2 ? "redirect" : "redirects"}` : ""}. ${list(affected, 6)} ${affected.length === 1 ? "gives" : "give"} up before that, and ${affected.length === 1 ? "acts" : "act"} as if there were no file.`,
      fix: [
        `Serve /.well-known/matrix/server on ${facts.serverName} from the web server itself, as a static file, without a backend${hops.length > 1 ? " and without redirects" : ""}.`,
      ],
      where: whereSeen(facts, slow, "start"),
    };
  },
};
