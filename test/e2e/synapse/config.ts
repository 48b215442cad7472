/** A Synapse's configuration: SQLite, no registration, nobody asked for keys but the server itself. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface SynapseConfig {
  /** Holds everything that it writes. */
  directory: string;
  serverName: string;
  /** Listeners, and whatever else is to be different, as YAML. */
  more: string;
}

/** The path of its homeserver.yaml. */
export async function writeConfig({ directory, serverName, more }: SynapseConfig): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = (name: string): string => JSON.stringify(join(directory, name));
  const log = `version: 1\nhandlers: {file: {class: logging.FileHandler, filename: ${file("homeserver.log")}}}\nroot: {level: WARNING, handlers: [file]}\n`;
  await writeFile(join(directory, "log.yaml"), log);
  await writeFile(
    join(directory, "homeserver.yaml"),
    `server_name: ${JSON.stringify(serverName)}
report_stats: false
pid_file: ${file("homeserver.pid")}
log_config: ${file("log.yaml")}
media_store_path: ${file("media")}
signing_key_path: ${file("signing.key")}
database: {name: sqlite3, args: {database: ${file("homeserver.db")}}}
macaroon_secret_key: test
trusted_key_servers: []
${more}
`,
  );
  return join(directory, "homeserver.yaml");
}
