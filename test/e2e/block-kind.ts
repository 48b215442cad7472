/**
 * What the lines to paste of a fix are: which program reads them. By how they begin; a block that is none of these is a fault of the fix,
 * since nothing could check it.
 */
export type BlockKind =
  | "shell"
  | "json"
  | "zone"
  | "nginx"
  | "apache"
  | "haproxy"
  | "caddy"
  | "yaml"
  | "toml"
  | "traefik-label"
  | "traefik-option"
  | "cloudflare"
  | "header"
  | "openssl"
  /** Inside "transport http" of a reverse_proxy. */
  | "caddy-transport"
  /** A regular expression for a field of a form. */
  | "pattern";

const PROGRAMS =
  "a2enmod a2ensite apachectl caddy cat certbot chgrp chmod curl docker haproxy install iptables journalctl knotc mkdir nginx npx nsd-control openssl printf rndc sed ss systemctl time timedatectl touch ufw".split(
    " ",
  );

/** In this order: the first that fits. */
const KINDS: readonly [BlockKind, RegExp][] = [
  ["zone", /^\S+\.\s+(?:\d+\s+)?IN\s+(?:A|AAAA|SRV|CNAME|NS|DS)\s/],
  ["traefik-label", /^traefik\./],
  ["traefik-option", /^--entryPoints\./],
  ["cloudflare", /^starts_with\(http\.request/],
  ["header", /^(?:Content-Type|Cache-Control|Location): |^Access-Control-/],
  ["toml", /^\[\[?[a-z_.]+\]?\]$|^[a-z_]+ = \[/],
  ["pattern", /^\^\//],
  ["caddy-transport", /^tls_server_name /],
  ["zone", /^\$TTL \d+$/],
  ["haproxy", /^\s+(?:http-request|http-response|use_backend|bind|acl|server|ssl-default-bind-options) |^(?:frontend|backend) /],
  ["caddy", /^(?:handle|tls|header|redir|reverse_proxy) [^;]*$|^(?!server )[a-z0-9.:[\]-]+ \{$/],
  ["nginx", /^(?:server|location [^{]*) \{|^(?:listen|server_name|ssl_|proxy_|default_type|return|add_header)\S* .*;$/],
  [
    "apache",
    /^<|^(?:Listen|ServerName|ServerAlias|SSL\w+|Alias|AllowEncodedSlashes|ProxyPass|ProxyPreserveHost|Rewrite\w+|RedirectMatch|RequestHeader|Header|Sec\w+)\s/,
  ],
  ["yaml", /^[a-z_]+:(?: |$)/],
  ["openssl", /^[A-Za-z]+ = \S/],
];

/** Null when it is none that is known. */
export function kindOf(lines: readonly string[]): BlockKind | null {
  const [first = ""] = lines.filter((line) => !/^\s*#/.test(line));
  if (lines.length === 1 && /^[{[]/.test(first)) return "json";
  if (PROGRAMS.includes(first.split(" ")[0] ?? "")) return "shell";
  return KINDS.find(([, begins]) => begins.test(first))?.[0] ?? null;
}
