/** What makes a server take over its changed configuration or certificate, as a paragraph with the command. Pure. */
import type { Proxy } from "../views/proxy.ts";

/** As the services run on Debian and its like. */
const COMMANDS = {
  nginx: ["nginx", "nginx -s reload"],
  apache: ["Apache", "apachectl graceful"],
  caddy: ["Caddy", "caddy reload --config /etc/caddy/Caddyfile"],
  haproxy: ["HAProxy", "systemctl reload haproxy"],
  litespeed: ["LiteSpeed", "systemctl restart lsws"],
} as const;

/** A fix followed by the paragraph that says how to reload. */
export function thenReload(fix: string, proxy: keyof typeof COMMANDS): string {
  const [name, command] = COMMANDS[proxy];
  return `${fix}\n\nThen reload ${name}:\n${command}`;
}

/** `said`, which ends in a clause to which "reload …" can be added, with the command; for a server that isn't known, those of each. */
export function reloadCertificate(said: string, proxy: Proxy | null): string {
  switch (proxy) {
    case "nginx":
    case "apache":
    case "haproxy":
    case "litespeed": {
      const [name, command] = COMMANDS[proxy];
      return `${said} reload ${name}:\n${command}`;
    }
    case "caddy":
      // Without it Caddy leaves a configuration alone that is the same as before.
      return `${said} reload Caddy:\n${COMMANDS.caddy[1]} --force`;
    case "iis":
      return `${said} select the new certificate in the site's https binding (IIS Manager, Bindings).`;
    case "synapse":
    case "traefik":
    case "cloudflare":
    case null:
      return [
        `${said} reload the server that presents it. If that is nginx:`,
        COMMANDS.nginx[1],
        "",
        "If it is Apache:",
        COMMANDS.apache[1],
        "",
        "If it is HAProxy:",
        COMMANDS.haproxy[1],
        "",
        "If Synapse itself has the certificate:",
        "systemctl reload matrix-synapse",
      ].join("\n");
  }
}
