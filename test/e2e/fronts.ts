/** Each real proxy with TLS for one host, handing everything on as it came. */
import { apache } from "./rows-apache.ts";
import { caddy } from "./rows-caddy.ts";
import { haproxy } from "./rows-haproxy.ts";
import { nginx } from "./rows-nginx.ts";
import type { Kind } from "./server.ts";
import type { Stage } from "./stage.ts";

export interface Front {
  host: string;
  /** As others see it. */
  port: 443 | 8448;
  /** The port on loopback to which it hands on. */
  to: number;
  /** What else must stand in the host's block, before it hands on. */
  inside?: string;
}

export const FRONTS: Record<Kind, (stage: Stage, front: Front) => string> = {
  nginx: ({ directory, ports, ...stage }, { host, port, to, inside = "" }) =>
    nginx(
      { directory, ports, ...stage },
      `server {
    listen ${ports[port]} ssl;
    server_name ${host};
    ssl_certificate ${directory}/live/${host}/fullchain.pem;
    ssl_certificate_key ${directory}/live/${host}/privkey.pem;
    ${inside}
    location / { proxy_pass http://127.0.0.1:${to}; }
}`,
    ),
  caddy: (stage, { host, port, to, inside = "" }) =>
    caddy(stage, `${port === 443 ? host : `${host}:${stage.ports[port]}`} {\n\t${inside}\n\treverse_proxy 127.0.0.1:${to}\n}`),
  apache: (stage, { host, port, to, inside = "" }) =>
    apache(
      stage,
      `<VirtualHost *:${stage.ports[port]}>
    ServerName ${host}
    SSLEngine on
    SSLCertificateFile ${stage.directory}/live/${host}/fullchain.pem
    SSLCertificateKeyFile ${stage.directory}/live/${host}/privkey.pem
    AllowEncodedSlashes NoDecode
    ${inside}
    ProxyPass / http://127.0.0.1:${to}/ nocanon
</VirtualHost>`,
    ).replace(`Listen ${stage.ports[port === 443 ? 8448 : 443]}\n`, ""),
  haproxy: (stage, { host, port, to, inside = "" }) =>
    haproxy(
      stage,
      `frontend https
    bind :${stage.ports[port]} ssl crt ${stage.directory}/certs/${host}.pem
    ${inside}
    default_backend inner
backend inner
    server inner 127.0.0.1:${to}`,
    ),
};
