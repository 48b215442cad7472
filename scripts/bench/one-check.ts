/** One check against the critical path of its own network operations, with round trips of 30 ms. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Checker, CheckOptions } from "../../src/check.ts";
import { chain, type ChainSettings } from "./chain.ts";
import { BIN, compare, ROOT, runNode, startLab, timed } from "./processes.ts";
import { ratioRow, type Row, type Section } from "./table.ts";

const BUDGET = 1.2;

export async function oneCheck(pairs: number, directory: string, baselines: string): Promise<Section> {
  const section = "one check";
  const lab = await startLab<ChainSettings[]>("check-lab.ts", []);
  try {
    const rows: Row[] = [];
    const caFile = join(directory, "check-ca.pem");
    await writeFile(caFile, lab.ready[0]?.ca ?? "");
    const rootsFile = join(directory, "roots.pem");
    await writeFile(rootsFile, rootCertificates.join("\n"));
    for (const settings of lab.ready) {
      const args = [
        "--dns-server",
        settings.dnsServer,
        "--ca-file",
        caFile,
        "--allow-private",
        ...settings.connectTo.flatMap((entry) => ["--connect-to", entry]),
      ];
      const command = async (): Promise<number> => (await runNode([BIN, ...args, settings.serverName], 0)).ms;
      const byHand = async (): Promise<number> => (await runNode([join(baselines, "chain-process.js"), JSON.stringify(settings)], 0)).ms;
      rows.push(ratioRow(section, `${settings.route}: command`, await compare(pairs, command, byHand), BUDGET));
      if (settings.route !== "well-known") continue;
      // Set on many machines, to the system's own bundle: some 140 roots besides the 140 that Node has.
      const env = { SSL_CERT_FILE: rootsFile };
      const withRoots = async (): Promise<number> => (await runNode([BIN, ...args, settings.serverName], 0, { env })).ms;
      rows.push(ratioRow(section, "  with SSL_CERT_FILE", await compare(pairs, withRoots, byHand), BUDGET));
    }
    for (const settings of lab.ready) {
      const { dnsServer, ca, connectTo, serverName } = settings;
      const checker = await createBuiltChecker({ dnsServers: [dnsServer], ca: [ca], connectTo, allowPrivate: true });
      try {
        const check = async (): Promise<void> => {
          const { verdict } = await checker.check(serverName);
          if (verdict !== "pass") throw new Error(`${serverName}: ${verdict}`);
        };
        for (let turn = 0; turn < 3; turn++) await Promise.all([check(), chain(settings)]);
        rows.push(
          ratioRow(
            section,
            `${settings.route}: library`,
            await compare(
              pairs,
              () => timed(check),
              () => timed(() => chain(settings)),
            ),
            BUDGET,
          ),
        );
      } finally {
        checker.close();
      }
    }
    const note = `Against a chain by hand of the round trips that depend on each other (address, well-known, address of the target or SRV, version), 30 ms each. Command: with start-up on both sides. Library: in one process, warm. Medians of ${pairs} pairs.`;
    return { title: section, note, rows };
  } finally {
    await lab.close();
  }
}

/** What is published, not the source: tsx would be measured with it. */
async function createBuiltChecker(options: CheckOptions): Promise<Checker> {
  const built = (await import(join(ROOT, "dist", "index.js"))) as { createChecker(options: CheckOptions): Promise<Checker> };
  return built.createChecker(options);
}
