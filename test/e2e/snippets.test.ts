/** Every snippet that is printed for a proxy goes through that proxy's own syntax check: those of the findings and those of `plan`. */
import { before, describe, test } from "node:test";
import { chainAdvice } from "../../src/advice/certificate.ts";
import { nameAdvice } from "../../src/advice/certificate-name.ts";
import { keepPathEncoded, nameVirtualHost, routeFederation, type Site } from "../../src/advice/federation.ts";
import { homeserverSite } from "../../src/advice/homeserver-site.ts";
import { publishAdvice } from "../../src/advice/well-known.ts";
import type { CertificateFacts } from "../../src/facts/facts.ts";
import { applyFix } from "./apply.ts";
import { localized } from "./fix.ts";
import { apache, apacheRows } from "./rows-apache.ts";
import { caddy, caddyRows } from "./rows-caddy.ts";
import { haproxy, haproxyRows } from "./rows-haproxy.ts";
import { nginx, nginxRows } from "./rows-nginx.ts";
import { assertInstalled, checkSyntax, type Kind } from "./server.ts";
import { HOST, NAME, startStage, type Stage } from "./stage.ts";

const KINDS: Kind[] = ["nginx", "caddy", "apache", "haproxy"];
const ROWS = { nginx: nginxRows, caddy: caddyRows, apache: apacheRows, haproxy: haproxyRows };
const WHOLE = { nginx, caddy, apache, haproxy };
const ON_8448: Site = { host: HOST, port: 8448 };
const LEAF = { dnsNames: ["other.example.org"] } as CertificateFacts;

before(() => assertInstalled(KINDS));

for (const kind of KINDS) {
  describe(`${kind} takes what is printed for it`, () => {
    const advice: Record<string, string> = {
      "/_matrix forwarded": routeFederation(kind, ON_8448),
      "paths kept encoded": keepPathEncoded(kind, ON_8448),
      "one more name for the virtual host": nameVirtualHost(kind, { host: "further.example.org", port: 8448 }, HOST),
      "the whole chain": chainAdvice(kind, HOST),
      "a certificate for the name": nameAdvice(kind, HOST, false, LEAF, 8448),
      "a certificate for a name without virtual host": nameAdvice(kind, "further.example.org", false, LEAF, 8448),
    };
    for (const [what, text] of Object.entries(advice)) {
      if (!text.includes("\n")) continue;
      test(what, () =>
        staged(async (stage) => {
          stage.save("further.example.org", await stage.issue(["further.example.org"]));
          await checkSyntax(kind, stage.directory, await applyFix(kind, ROWS[kind][0]?.config(stage) ?? "", text, stage));
        }),
      );
    }
    test("the well-known file", () =>
      staged(async (stage) => {
        const base = ROWS[kind].find(({ fault }) => fault.includes("no well-known"))?.config(stage) ?? "";
        await checkSyntax(kind, stage.directory, await applyFix(kind, base, publishAdvice(NAME, `${HOST}:443`, kind), stage));
      }));
    for (const port of [443, 8448]) {
      for (const ownCertificate of [true, false]) {
        test(`plan: the homeserver's site on ${port}, ${ownCertificate ? "with" : "without"} a certificate of its own`, () =>
          staged(async (stage) => {
            const sections = homeserverSite(kind, { host: HOST, port, shared: false, ownCertificate }).flatMap(({ text }) =>
              text === null || text.startsWith("cat ") ? [] : [localized(text, kind, stage)],
            );
            const text = sections.join("\n");
            await checkSyntax(
              kind,
              stage.directory,
              WHOLE[kind](stage, text).replace(text.includes("Listen") ? /^Listen \d+$(?=[\s\S]*^Listen \d+\n<Virt)/gm : /(?!)/, ""),
            );
          }));
      }
    }
  });
}

async function staged(run: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await startStage({ mServer: "matrix.example.org" });
  try {
    await run(stage);
  } finally {
    await stage.close();
  }
}
