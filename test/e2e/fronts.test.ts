/** Which of two real proxies, one behind the other, is taken for the one in front: its configuration is what a fix changes. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { proxyAt } from "../../src/views/proxy.ts";
import { endpointsOf } from "../../src/views/endpoints.ts";
import { FRONTS } from "./fronts.ts";
import { TO_8448 } from "./row.ts";
import { apache } from "./rows-apache.ts";
import { caddy } from "./rows-caddy.ts";
import { haproxy } from "./rows-haproxy.ts";
import { nginx } from "./rows-nginx.ts";
import { assertInstalled, startServer, type Kind } from "./server.ts";
import { HOST, startStage, type Stage } from "./stage.ts";

/** Without TLS, has nothing under any path. */
const BEHIND: Record<Kind, (stage: Stage, port: number) => string> = {
  nginx: (stage, port) => nginx(stage, `server {\nlisten ${port};\nlocation / { return 404; }\n}`),
  caddy: (stage, port) => caddy(stage, `http://:${port} {\n\trespond 404\n}`).replace(/^\thttps_port .*\n/m, ""),
  apache: (stage, port) =>
    apache(stage, `<VirtualHost *:${port}>\nServerName ${HOST}\n</VirtualHost>`)
      .replace(`Listen ${stage.ports[8448]}`, "")
      .replace(`Listen ${stage.ports[443]}`, `Listen ${port}`),
  haproxy: (stage, port) => haproxy(stage, `frontend inner\n    bind :${port}`),
};
const KINDS = Object.keys(FRONTS) as Kind[];

before(() => assertInstalled(KINDS));

describe("the proxy in front is named", { concurrency: 2 }, () => {
  for (const front of KINDS) {
    for (const behind of KINDS.filter((kind) => kind !== front))
      test(`${front}, and ${behind} behind it says 404 or 503`, () => named(front, behind));
    test(`${front}, and a Synapse behind it that has nothing there`, () => named(front, null));
  }
});

async function named(front: Kind, behind: Kind | null): Promise<void> {
  const stage = await startStage({
    ...TO_8448,
    backend: { version: { status: 404, headers: { server: "Synapse/1.152.0" }, body: "nothing" } },
  });
  try {
    const inner =
      behind === null
        ? null
        : await startServer(behind, {
            directory: stage.directory,
            config: BEHIND[behind](stage, stage.ports[443]),
            port: stage.ports[443],
            adminPort: stage.ports.admin,
          });
    try {
      const outer = await startServer(front, {
        directory: stage.directory,
        config: FRONTS[front](stage, { host: HOST, port: 8448, to: behind === null ? stage.backend.port : stage.ports[443] }),
        port: stage.ports[8448],
        adminPort: stage.ports.admin,
      });
      try {
        const { facts } = await stage.check();
        assert.deepEqual(
          endpointsOf(facts).map(({ place }) => proxyAt(facts, place)),
          [front],
          JSON.stringify(facts.clues?.proxies, null, 1),
        );
      } finally {
        await outer.stop();
      }
    } finally {
      await inner?.stop();
    }
  } finally {
    await stage.close();
  }
}
