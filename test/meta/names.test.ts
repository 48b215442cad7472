// What a homeserver does stands in its model; a rule that says it takes the names from there, so that both say the same.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { homeservers } from "../../src/homeservers/all.ts";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));
const SETTING = "where a setting stands depends on the software";
const SEEN = "it tells one software's answers from others'";
const OF_ONE = "the fault is one implementation's own, and the title names it";
const LIBRARY = "it says which TLS library refuses it, and who has that library";
const STAYS: Readonly<Record<string, string>> = {
  "matrix/cache-time.ts": "a table of its own, which the report shows as well",
  "matrix/user-agents.ts": "what each calls itself",
  "rules/federation/disabled.ts": SETTING,
  "rules/federation/listener-missing.ts": SETTING,
  "rules/keys/case.ts": SETTING,
  "rules/keys/malformed.ts": SETTING,
  "rules/keys/no-ed25519.ts": SETTING,
  "rules/keys/not-found.ts": SETTING,
  "rules/keys/server-name-mismatch.ts": SETTING,
  "rules/keys/unsigned-key.ts": SETTING,
  "rules/name/uppercase.ts": SETTING,
  "rules/tls/untrusted-ca.ts": SETTING,
  "rules/well-known/homeserver-not-configured.ts": SETTING,
  "rules/federation/bad-version.ts": "an example of an answer",
  "rules/federation/not-json.ts": SEEN,
  "rules/federation/not-routed.ts": SEEN,
  "rules/well-known/synapse-not-serving.ts": SEEN,
  "rules/name/odd-label.ts": OF_ONE,
  "rules/tls/odd-san.ts": OF_ONE,
  "rules/tls/wildcard-idn.ts": OF_ONE,
  "rules/well-known/redirect-relative.ts": OF_ONE,
  "rules/well-known/tls.ts": "a file behind such a certificate is one implementation's own fault, too",
  "rules/address/not-public.ts": "one implementation drops the public addresses along with the others",
  "rules/federation/host-port.ts": "the Host header with a port is also that of forks without a model",
  "rules/tls/old-key-exchange.ts": LIBRARY,
  "rules/tls/refused.ts": LIBRARY,
  "rules/tls/weak-key.ts": LIBRARY,
};

test("no rule lists homeservers by hand", () => {
  const naming = new Set<string>();
  const found: string[] = [];
  for (const path of [...filesOf(join(SRC, "rules")), ...filesOf(join(SRC, "matrix"))]) {
    const file = relative(SRC, path);
    for (const text of textsOf(path)) {
      const names = homeservers.map(({ name }) => name).filter((name) => text.includes(name));
      if (names.length === 0) continue;
      naming.add(file);
      if (!Object.hasOwn(STAYS, file)) found.push(`${file}: ${names.join(", ")} in "${text.slice(0, 100)}"`);
    }
  }
  assert.deepEqual(found, [], "take the names from the models (src/homeservers/who.ts, limits.ts)");
  assert.deepEqual(
    Object.keys(STAYS).filter((file) => !naming.has(file)),
    [],
    "excepted, and without a name",
  );
});

/** Its texts outside of the pages that explain a code. */
function textsOf(path: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === "explain") return;
    if (ts.isImportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true));
  return texts;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name)) : entry.name.endsWith(".ts") ? [join(folder, entry.name)] : [],
  );
}
