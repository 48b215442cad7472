/** well-known/slow: a valid file that comes after more than 5 s. */
import type { Facts } from "../../facts/facts.ts";
import { limitsOf } from "../../homeservers/limits.ts";
import { duration, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen } from "../../views/well-known-read.ts";

/** Who gives up after how many milliseconds. ejabberd has no model: its source says 5 s. */
const PATIENCE = [{ limit: 5000, names: ["ejabberd"] }, ...limitsOf(({ wellKnown }) => wellKnown.timeoutMs)];

export const slow: Rule = {
  code: "well-known/slow",
  severity: "warning",
  mechanisms: ["well-known:slow"],
  concerns: "everybody",
  title: "The well-known file takes long",
  spec: SPEC.wellKnown,
  explain: `
The file arrived, but took more than 5 s, all redirects together. Some homeservers don't wait that long, and go on as if there were none:

| after | who gives up |
| --- | --- |
${PATIENCE.map(({ limit, names }) => `| ${limit / 1000} s | ${names.join(", ")} |`).join("\n")}

**How it shows.** Some homeservers go to SRV records or port 8448, and only at times. The first message to a room after a pause is late.

**Who is affected.** Those that give up, and everybody by the wait.

**How it comes about.** The path is answered by an application that must start first, by a machine under load, or behind several redirects. Or packets are lost on the way: then
everything is slow, not only this.

**Look-alikes.** No answer within the time limit is \`well-known/timeout\`. A slow homeserver is \`federation/slow\`.

**How to fix it.** Answer the path in the web server itself, from a file; \`curl -w '%{time_connect} %{time_appconnect} %{time_total}\\n' -so /dev/null https://<server name>/.well-known/matrix/server\`
shows which part takes how long.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = decidingSeen(facts);
    if (seen === null) return;
    const { ms, hops } = seen.attempt;
    const affected = PATIENCE.flatMap(({ limit, names }) => (ms > limit ? names : []));
    if (affected.length === 0) return;
    yield {
      severity: "warning",
      detail: `The well-known file took ${duration(ms)}${hops.length > 1 ? `, with ${hops.length - 1} ${hops.length === 2 ? "redirect" : "redirects"}` : ""}. ${list(affected, 6)} ${affected.length === 1 ? "gives" : "give"} up before that and ${affected.length === 1 ? "goes" : "go"} on without it.`,
      fix: [
        `Answer /.well-known/matrix/server on ${facts.serverName} in the web server itself, from a static file, without a backend${hops.length > 1 ? " and without redirects" : ""}.`,
      ],
      where: [hops[0]?.url ?? seen.url],
    };
  },
};
