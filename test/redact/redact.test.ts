/** --redact: nothing of what is hidden stands in any output, the checked name does, and what is found is the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, judgeAgain } from "../../src/check.ts";
import { factsProblem } from "../../src/facts-problem.ts";
import type { Facts } from "../../src/facts/facts.ts";
import type { Report } from "../../src/facts/output.ts";
import { FORMATS } from "../../src/commands/options.ts";
import { createFormat } from "../../src/commands/output/format.ts";
import { redaction } from "../../src/redacted.ts";
import { emptyTotals } from "../../src/report/totals.ts";
import { parseServerName } from "../../src/matrix/server-name.ts";
import { startNetwork } from "../lab/network.ts";
import { healthy } from "../scenarios/scenario.ts";
import { judgedAgain } from "../recorded/recorded.ts";

/** What facts say where: of these fields every value is to be hidden. */
const SECRET = [
  "address",
  "addresses",
  "ipAddresses",
  "localAddress",
  "resolver",
  "sha256",
  "host",
  "tlsName",
  "target",
  "apex",
  "dnsNames",
  "keysName",
  "domain",
  "id",
  "oldKeyIds",
  "file",
];
/** Of no network or machine in particular. */
// "resolver": what stands for one under a policy.
const NOBODYS = new Set(["", ".", "resolver", "localhost", "org", "net", "com", "zone", "example.com"]);

function secretsIn(facts: Facts): Set<string> {
  const found = new Set<string>();
  const walk = (value: unknown, key: string): void => {
    if (typeof value === "string" && SECRET.includes(key)) found.add(value.replace(/^zone file /, ""));
    else if (Array.isArray(value)) for (const item of value) walk(item, key);
    else if (typeof value === "object" && value !== null) for (const [name, item] of Object.entries(value)) walk(item, name);
  };
  walk(facts, "");
  const parsed = parseServerName(facts.serverName);
  const host = parsed.ok ? parsed.name.dnsHost : facts.serverName;
  for (const secret of found) {
    const plain = secret.toLowerCase().replace(/\.$/, "");
    // The checked name stays, and with it the domain that it ends in.
    const own = [host, `[${host}]`, facts.serverName.toLowerCase()];
    const isExample = /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/.test(plain);
    const stays =
      isExample ||
      own.some((each) => plain.startsWith(`${each}:`)) ||
      plain === host ||
      host.endsWith(`.${plain}`) ||
      plain === facts.serverName.toLowerCase() ||
      NOBODYS.has(plain) ||
      plain.startsWith("*.") ||
      plain.length < 4;
    if (stays) found.delete(secret);
  }
  return found;
}

async function outputs(report: Report): Promise<string> {
  const texts: string[] = [];
  for (const name of FORMATS) {
    const format = await createFormat(name, {
      tool: { name: "x", version: "1" },
      terminal: { colorLevel: 0, width: 4000, unicode: true },
      verbose: true,
      quiet: false,
      several: false,
      failOn: "error",
      afterCutLine: false,
      jobSummary: false,
    });
    texts.push(format.open(report.startedAt), format.report(report)(), format.close({ ...emptyTotals(), [report.verdict]: 1 }, 1));
  }
  // What fixes have as an example, whoever is checked.
  return texts.join("\n").replaceAll("127.0.0.1:8008", "");
}

function summary({ verdict, findings, steps, reach }: Report): unknown {
  return {
    verdict,
    findings: findings.map(({ code, severity, causedBy }) => [code, severity, causedBy]),
    steps: steps.map(({ id, status }) => [id, status]),
    reach: reach.map(({ homeserver, reaches }) => [homeserver, reaches]),
  };
}

/** Letters and digits around it would make it another word. */
function stands(secret: string, text: string): boolean {
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
    const [before, after] = [text[at - 1] ?? " ", text[at + secret.length] ?? " "];
    if (
      !/[\w-]/.test(before) &&
      !/[\w-]/.test(after) &&
      !(before === "." || (after === "." && /\w/.test(text[at + secret.length + 1] ?? " ")))
    )
      return true;
  }
  return false;
}

/** What the formats show with one name kept is what they show without, and that name: so many are looked at. */
const SHOWN_EVERY = 4;

for (const [index, { title, facts, report }] of (await judgedAgain()).entries()) {
  test(title, async () => {
    const secrets = [...secretsIn(facts)];
    const plain = summary(report);
    for (const mode of ["others", "all"] as const) {
      const shown = redaction(mode)(report, []);
      const evidence = JSON.stringify(shown.facts);
      const saved = JSON.parse(evidence) as Facts;
      assert.deepEqual(summary(shown), plain);
      assert.equal(factsProblem(saved), null);
      assert.deepEqual(summary(await judgeAgain(saved)), plain, "judged again from what was saved");
      const text = mode === "all" || index % SHOWN_EVERY === 0 ? await outputs(shown) : "";
      const example = `matrix.${shown.serverName.toLowerCase()}`;
      const hidden = secrets.filter((secret) => secret !== example && secret !== "127.0.0.1");
      assert.deepEqual(
        secrets.filter((secret) => stands(secret, evidence)),
        [],
      );
      assert.deepEqual(
        hidden.filter((secret) => stands(secret, text)),
        [],
      );
      if (mode === "others") assert.equal(shown.serverName, facts.serverName);
      else if (parseServerName(facts.serverName).ok && facts.serverName.includes(".") && facts.serverName !== "co.uk")
        assert.ok(!stands(facts.serverName, text), facts.serverName);
    }
  });
}

test("the option says whether, and whose name too", async () => {
  const [{ facts, report } = assert.fail()] = await judgedAgain();
  assert.deepEqual(await judgeAgain(facts, { redact: true }), redaction("others")(report, []));
  assert.deepEqual(await judgeAgain(facts, { redact: "all" }), redaction("all")(report, []));
  assert.deepEqual(await judgeAgain(facts, { redact: false }), report);
});

test("the files of --against have stand-ins, in every format; live DNS is no file", async () => {
  const [{ report } = assert.fail()] = await judgedAgain();
  const against = ["/home/alice/db.old", "live", "zones of alice/old.zone"];
  const difference = { against, before: null, after: null, records: [], meanwhile: [], summary: "The same as in /home/alice/db.old." };
  const shown = redaction("others")({ ...report, difference }, []);
  const [first = "", live, second = ""] = shown.difference?.against ?? [];
  assert.match(`${first} ${second}`, /^file-\d+ file-\d+$/);
  assert.notEqual(first, second);
  assert.equal(live, "live");
  assert.equal(shown.difference?.summary, `The same as in ${first}.`);
  assert.doesNotMatch(await outputs(shown), /alice|db\.old|old\.zone/);
});

test("a check shows what is left of it", async () => {
  const net = await startNetwork();
  try {
    await healthy(net);
    const { serverName, verdict, facts } = await check("example.org", { ...net.options(), redact: "all" });
    assert.deepEqual([serverName, verdict], ["server-1.example", "pass"]);
    assert.doesNotMatch(JSON.stringify(facts), /example\.org|127\.0\.0\.1/);
  } finally {
    await net.close();
  }
});

test("what no field of its own holds: private names, a server's version, common names, a resolver's profile", async () => {
  const found = (await judgedAgain()).find(({ facts }) => facts.targets[0]?.endpoints[0]?.version.status === "done");
  assert.ok(found !== undefined);
  const facts = structuredClone(found.facts);
  const [endpoint] = facts.targets[0]!.endpoints;
  assert.ok(endpoint?.version.status === "done" && endpoint.tls.status === "done" && facts.hosts[0]?.a.status === "done");
  const { response } = endpoint.version.value;
  endpoint.version.value.server = { name: "Synapse", version: "1.152.0 (b=x, 10.77.7.7)" };
  response.excerpt = "web7.secret.lan b.secret.corp c.secret.home d.secret.intranet e.secret.localdomain";
  response.headers["via"] = "1.1 proxy.secret.lan";
  for (const resolver of ["https://dns.secret.net/abc123profile", "https://dns.secret.net/dns-query"]) {
    facts.hosts[0].a.value.resolver = resolver;
    const leaf = endpoint.tls.value.chain[0];
    Object.assign(leaf, { subject: "CN=secretbox, O=Secrets Ltd", issuer: "CN=Example CA, O=Example", commonName: "secretbox" });
    const report = await judgeAgain(facts);
    for (const mode of ["others", "all"] as const) {
      const shown = redaction(mode)({ ...report, summary: `${resolver} answers SERVFAIL` }, []);
      const text = JSON.stringify(shown) + (await outputs(shown));
      assert.doesNotMatch(text, /10\.77\.7\.7|secretbox|abc123|secret\.(?:lan|corp|home|intranet|localdomain|net)/);
      const [shownEndpoint] = shown.facts.targets[0]!.endpoints;
      assert.ok(shownEndpoint?.tls.status === "done" && shownEndpoint.version.status === "done");
      const { subject, commonName, issuer } = shownEndpoint.tls.value.chain[0];
      assert.deepEqual([subject, issuer], [`CN=${commonName}, O=Secrets Ltd`, "CN=Example CA, O=Example"]);
      assert.match(shownEndpoint.version.value.server?.version ?? "", /^1\.152\.0 \(b=x, (?:192\.0\.2|198\.51\.100)\.\d+\)$/);
    }
  }
});
