/** well-known/not-json: status 200, but the body is no JSON (or the answer no HTTP/1.1 at all). */
import { correctFile } from "../../advice/well-known.ts";
import { publishWhereRead } from "../../advice/where-read.ts";
import { exemptFromLogin, loginName } from "../../advice/login.ts";
import { WELL_KNOWN_PATH } from "../../matrix/paths.ts";
import { loginOf } from "../../views/login.ts";
import type { Facts, HttpFacts } from "../../facts/facts.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn, leadsElsewhere } from "../../views/remaining-route.ts";
import { faults, whereSeen, type Seen } from "../../views/well-known-read.ts";

export const notJson: Rule = {
  code: "well-known/not-json",
  severity: ["error", "warning"],
  mechanisms: ["well-known:not-json", "well-known:not-http", "well-known:too-large", "well-known:content-type"],
  title: "The well-known file is not valid JSON",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
The answer has status 200, but its body isn't valid JSON, so homeservers act as if there were no file. The finding shows where the JSON
breaks, and the first bytes.

**Who is affected.** All homeservers. Only mautrix-go and matrix-media-repo accept bytes after the JSON value; none accepts a byte order
mark.

**By what the body looks like**
- A web page: something answers all paths. Single-page applications (\`try_files $uri /index.html\`), WordPress and other CMS, Nextcloud,
  a login page of single sign-on. Put a rule for the exact path before it.
- GitHub Pages and Jekyll leave out directories that begin with a dot: add \`include: [".well-known"]\` to \`_config.yml\`, or a file
  \`.nojekyll\`.
- A byte order mark (EF BB BF): the editor saved "UTF-8 with BOM". Save it as UTF-8 without.
- A comma after the last entry, single quotes, comments: JSON allows none of them.
- Something after the closing brace: two files joined, or a script that adds its own output.
- Nothing: an empty file, or a response without a body.
- Not HTTP/1.1: another service on port 443, or a Content-Encoding that can't be decoded.

**Fix.** Serve only \`{"m.server": "<host>:<port>"}\` at this exact path. Put its rule before any rule that answers all paths.

**Look-alikes.** \`well-known/content-type\`: valid JSON with another Content-Type. \`well-known/no-m-server\`: JSON without \`m.server\`.
\`well-known/redirect-lost\`: a redirect to a start page.

**How to test.** \`curl -s https://<server name>/.well-known/matrix/server | python3 -m json.tool\`

**Log lines.** Synapse: \`Error parsing well-known for …: Expecting value: line 1 column 1 (char 0)\`. conduwuit: \`response contains
junk\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "not-json"), (seen) => `${what(seen)} ${seen.url}`)) {
      const [first] = group;
      const publish = publishWhereRead(facts, first, foundPlace(facts));
      const special = specialFix(first);
      const named = namedIn(first);
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url}: ${what(first)} ${goesOn(facts)}`,
        fix: special === null ? [publish] : [special, publish],
        where: whereSeen(facts, group),
        ...(named !== null && leadsElsewhere(facts, named) ? { explainsOthers: "route" as const } : {}),
      };
    }
  },
};

function what({ result, response }: Seen): string {
  if (result.kind === "not-http") {
    const seen = result.error.excerpt === undefined ? "" : ` The answer begins with ${quote(result.error.excerpt)}.`;
    return `the answer isn't valid HTTP/1.1 (${quote(result.error.message, 160)}).${seen}`;
  }
  if (result.kind !== "unreadable" || result.reading.kind !== "not-json") return "the body isn't JSON.";
  const { problem, position, message } = result.reading;
  if (problem === "empty") return `${message}.`;
  const begins = response === null || response.excerpt === "" ? "" : ` It begins with ${quote(response.excerpt)}.`;
  if (problem === "html") return `the body is a web page (${pageKind(response)}), not JSON.${begins}`;
  return `${message}; the JSON breaks at character ${position + 1}.${begins}`;
}

function pageKind(response: HttpFacts | null): string {
  const login = loginOf(response);
  return login !== null ? `the login page of ${loginName(login)}` : (looksLike(response?.excerpt ?? "") ?? "HTML");
}

function looksLike(page: string): string | null {
  if (/wp-content|wp-includes|wordpress/i.test(page)) return "probably WordPress";
  if (/nextcloud|data-requesttoken/i.test(page)) return "probably Nextcloud";
  if (/<div id="?(root|app|__next)"?[ >]/i.test(page) || /<title>Element<\/title>/i.test(page)) return "probably a single-page application";
  if (/jekyll|github\.io|github pages/i.test(page)) return "probably Jekyll or GitHub Pages";
  return null;
}

/** The value of `m.server` in what would be JSON but for a mistake. */
function namedIn({ result, response }: Seen): string | null {
  if (result.kind !== "unreadable" || result.reading.kind !== "not-json" || result.reading.problem === "html") return null;
  return /["']?m\.server["']?\s*:\s*["']([^"']{1,255})["']/.exec(response?.excerpt ?? "")?.[1] ?? null;
}

/** What the file was probably meant to say, when a server name stands where it belongs. */
function meant(body: string, url: string): string | null {
  const value = /^\s*\{\s*["']?m\.server["']?\s*:\s*["']([^"']{1,255})["'][\s,]*(?:\}\s*)?$/.exec(body)?.[1];
  return value === undefined || !parseServerName(value).ok ? null : correctFile(url, value);
}

/** A mend that leaves the rest as it is; null where the file must be published first. */
function specialFix({ result, response, url }: Seen): string | null {
  if (result.kind !== "unreadable" || result.reading.kind !== "not-json") return null;
  const { problem, position } = result.reading;
  const host = result.hop.host;
  const login = loginOf(response);
  switch (problem) {
    case "bom":
      return `Save the file at ${url} as UTF-8 without a byte order mark. In the directory that is served as https://${host}/:\nsed -i '1s/^\\xEF\\xBB\\xBF//' .well-known/matrix/server`;
    case "trailing":
      return `In the file at ${url}, remove everything after the closing brace (from character ${position + 1} on).`;
    case "encoding":
      return `Save the file at ${url} as UTF-8.`;
    case "syntax":
      return (
        meant(response?.excerpt ?? "", url) ??
        `Correct the file at ${url} at character ${position + 1}: JSON has double quotes, no comma after the last entry, and no comments.`
      );
    case "empty":
      return null;
    case "html":
      if (looksLike(response?.excerpt ?? "")?.startsWith("Jekyll") === true)
        return `Jekyll leaves out directories that begin with a dot. Publish .well-known/matrix/server, and add this to _config.yml:\ninclude: [".well-known"]`;
      return login === null ? null : exemptFromLogin(login, host, WELL_KNOWN_PATH);
  }
}
