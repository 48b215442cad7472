/** TLS versions and cipher suites of today, in the syntax of each proxy. Pure. */
import type { Proxy } from "../views/proxy.ts";
import { thenReload } from "./reload.ts";

export function versionsAndCiphers(port: number, proxy: Proxy | null): string {
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block with "listen ${port} ssl", allow both versions and the default ciphers:\nssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers HIGH:!aNULL:!MD5;`,
        "nginx",
      );
    case "apache":
      return thenReload(
        `In Apache, in the virtual host on port ${port}:\nSSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLCipherSuite HIGH:!aNULL:!MD5`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg, on the bind line for port ${port}, remove "ciphers" and "ciphersuites", and in the section "global" have:\n    ssl-default-bind-options ssl-min-ver TLSv1.2`,
        "haproxy",
      );
    default:
      return `Let the server on port ${port} speak TLS 1.2 and 1.3 with its default ciphers. In nginx:\nssl_protocols TLSv1.2 TLSv1.3;\n\nIn Apache:\nSSLProtocol -all +TLSv1.2 +TLSv1.3`;
  }
}
