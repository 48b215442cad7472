/** federation/unasked-encoding: compressed answers to whom didn't ask for them. */
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { unaskedEncodings } from "../../views/unasked-encoding.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import type { Found, Rule } from "../rule.ts";

const ASKING_NOT = whose(({ http }) => http.unaskedEncoding.is === "fails");

export const unaskedEncoding: Rule = {
  code: "federation/unasked-encoding",
  severity: "error",
  mechanisms: ["federation:encoding", "keys:encoding"],
  title: "Answers are compressed although the request didn't ask for that",
  spec: "https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3",
  breaks: "endpoint",
  causes: ["federation/http-status", "keys/http-status"],
  explain: `
This tool asked for the version and the signing keys as Synapse does, without \`Accept-Encoding\`. The answer came compressed
(\`Content-Encoding: gzip\`). A client that doesn't ask for compression need not understand it.

**How it shows.** The answer has a \`Content-Encoding\`. In browsers and most tools all looks right, because they ask for gzip.

**Who is affected.** Synapse and continuwuity: they read the compressed bytes as JSON, and fail. Clients in Go decompress only when they
asked for gzip.

**Look-alikes.** A proxy that compresses only for clients that ask for it is no fault. \`keys/not-json\`: the body isn't JSON for any
client.

**Usual causes.** A cache that keeps the compressed answer for one client and gives it to all, because the answer has no \`Vary:
Accept-Encoding\`; \`gzip_static always\`; a script that always compresses.

**Fix.** Don't cache and don't compress \`/_matrix\`, or send \`Vary: Accept-Encoding\`.

**Log lines.** Synapse: \`UnicodeDecodeError: 'utf-8' codec can't decode byte 0x8b in position 1\`, \`Failed to find any key to satisfy\`.

Specification: RFC 9110, section 12.5.3.
`,
  *judge(facts: Facts): Iterable<Found> {
    const compressed = endpointsOf(facts).flatMap((endpoint) => {
      const unasked = unaskedEncodings(endpoint);
      return unasked.length === 0 ? [] : [{ endpoint, unasked }];
    });
    for (const group of groupBy(compressed, ({ unasked }) => JSON.stringify(unasked))) {
      const [first] = group;
      const what = first.unasked.map(({ path }) => (path === "version" ? "the version" : "the signing keys"));
      const encodings = [...new Set(first.unasked.map(({ encoding }) => quote(encoding)))];
      yield {
        severity: "error",
        detail: `${upper(list(what))} ${what.length === 1 && what[0] === "the version" ? "comes" : "come"} compressed (Content-Encoding ${list(encodings)}). The request had no Accept-Encoding. ${list(ASKING_NOT)} ${ASKING_NOT.length === 1 ? "doesn't ask for compression, and reads" : "don't ask for compression, and read"} the compressed bytes as broken JSON.`,
        fix: [
          "In the proxy or cache in front of the homeserver, switch off caching and compression for /_matrix. Or make it keep a separate answer for each Accept-Encoding (Vary: Accept-Encoding).",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** At the beginning of a sentence. */
function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
