/** Applies a printed fix as somebody would who does what it says and knows nothing else. */
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { editApache } from "./apache-edit.ts";
import { editCaddy } from "./caddy-edit.ts";
import { readFix, siteIn, type Fix } from "./fix.ts";
import { editHaproxy } from "./haproxy-edit.ts";
import { editNginx } from "./nginx-edit.ts";
import type { Kind } from "./server.ts";
import type { Stage } from "./stage.ts";

const EDITORS: Record<Kind, (config: string, fix: Fix) => string> = {
  nginx: editNginx,
  caddy: editCaddy,
  apache: editApache,
  haproxy: editHaproxy,
};

/** Gives the configuration to reload with; what must be done on disk is done. */
export async function applyFix(kind: Kind, config: string, text: string, stage: Stage): Promise<string> {
  const fix = readFix(text, kind, stage);
  for (const command of fix.commands) {
    if (command.startsWith("certbot ")) await certbot(command, stage);
    else shell(command, stage.directory);
  }
  if (/^If the certificate was renewed on disk, reload /.test(fix.where)) return config;
  if (/in the directory that is served as/i.test(fix.where)) {
    shell(fix.snippet, join(stage.directory, "www"));
    return config;
  }
  if (/^cat /.test(fix.snippet)) {
    shell(fix.snippet, stage.directory);
    return config;
  }
  if (/Change the file at \S+ to this:$/.test(fix.where)) return config.replace(/\{"m\.server": "[^"]*",?\}/, () => fix.snippet);
  const files = /(\S+)\/fullchain\.pem and privkey\.pem \((.*?)\)/.exec(fix.where);
  if (fix.snippet === "" && files !== null) return certificateFiles(kind, config, files[1] ?? "", files[2] ?? "", fix);
  return EDITORS[kind](config, fix);
}

/** `<live>/fullchain.pem and privkey.pem (Apache: SSLCertificateFile and SSLCertificateKeyFile)` */
function certificateFiles(kind: Kind, config: string, live: string, takers: string, fix: Fix): string {
  if (/joined into the file that crt names/.test(takers)) {
    const file = /^\s*bind .* crt (\S+)/m.exec(config)?.[1] ?? "";
    writeFileSync(file, readFileSync(join(live, "fullchain.pem")));
    appendFileSync(file, readFileSync(join(live, "privkey.pem")));
    return config;
  }
  const [, first = "", second = ""] = /: (\w+) and (\w+)/.exec(takers) ?? [];
  const end = kind === "nginx" ? ";" : "";
  const { port } = siteIn(fix.where);
  return EDITORS[kind](config, {
    ...fix,
    where: `certificate for ${live.split("/").at(-1) ?? ""}${port === null ? "" : `, on port ${port}`}`,
    snippet: `${first} ${live}/fullchain.pem${end}\n${second} ${live}/privkey.pem${end}`,
  });
}

/** What certbot does: a certificate of a public CA for the names, in the directory of its name. */
async function certbot(command: string, stage: Stage): Promise<void> {
  const names = [...command.matchAll(/ -d (\S+)/g)].map(([, name = ""]) => name);
  const lineage = / --cert-name (\S+)/.exec(command)?.[1] ?? names[0] ?? "";
  stage.saveLive(lineage, await stage.issue(names));
}

function shell(command: string, directory: string): void {
  if (!existsSync(directory)) throw new Error(`${directory} isn't there`);
  execFileSync("bash", ["--norc", "-euc", command], { cwd: directory, stdio: "pipe" });
}
