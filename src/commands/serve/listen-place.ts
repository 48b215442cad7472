/** `--listen`, as it is written. */
import { isIP } from "node:net";
import { InvalidArgumentError } from "commander";

export type Place = { path: string } | { host: string; port: number };

/** `--listen`: `127.0.0.1:8700`, `[::1]:8700`, `localhost:8700`, `:8700` for all addresses, `8700`, `unix:/run/x.sock`. */
export function parseListen(text: string): Place {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path !== "" && Buffer.byteLength(path) <= 107) return { path };
    throw new InvalidArgumentError("Write a path of at most 107 bytes behind unix:, for example unix:/run/mdc.sock.");
  }
  const [, host, digits] = /^(?:(\[[^\]]*\]|[^:[\]]*):)?(\d{1,5})$/.exec(text) ?? [];
  const bare = host?.replace(/^\[(.*)\]$/, "$1");
  const port = Number(digits ?? NaN);
  const isHost = bare === undefined || bare === "" || isIP(bare) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(bare);
  if (!(port <= 65_535) || !isHost)
    throw new InvalidArgumentError("Write address:port, such as 127.0.0.1:8700 or [::1]:8700, or unix:/path.");
  // Without an address Node listens on all of them, both families.
  return { host: bare ?? "127.0.0.1", port };
}
