/** Apache httpd, broken in the ways in which it is broken out there. */
import { OWN_WELL_KNOWN, publish, snakeoil, TO_8448, type Row } from "./row.ts";
import { HOST, NAME, type Stage } from "./stage.ts";

export const apacheRows: Row[] = [
  {
    fault: "no ProxyPass for /_matrix",
    stage: TO_8448,
    config: (stage) => apache(stage, matrix(stage, { inside: "" })),
    finds: "federation/not-routed",
  },
  {
    fault: "only /_matrix/client is forwarded",
    stage: TO_8448,
    config: (stage) =>
      apache(
        stage,
        matrix(stage, { inside: `ProxyPass /_matrix/client ${backend(stage)}/_matrix/client nocanon\n    AllowEncodedSlashes NoDecode` }),
      ),
    finds: "federation/not-routed",
  },
  {
    fault: "only /_matrix/federation is forwarded",
    stage: TO_8448,
    config: (stage) =>
      apache(
        stage,
        matrix(stage, {
          inside: `AllowEncodedSlashes NoDecode\n    ProxyPass /_matrix/federation ${backend(stage)}/_matrix/federation nocanon`,
        }),
      ),
    finds: "keys/not-found",
  },
  {
    fault: "a start page answers everything",
    stage: TO_8448,
    config: (stage) => apache(stage, matrix(stage, { inside: `DocumentRoot ${stage.directory}/www\n    FallbackResource /index.html` })),
    finds: "federation/not-json",
  },
  {
    fault: "no AllowEncodedSlashes, no nocanon",
    stage: TO_8448,
    config: (stage) => apache(stage, matrix(stage, { inside: `ProxyPass /_matrix ${backend(stage)}/_matrix` })),
    finds: "federation/path-decoded",
  },
  {
    fault: "nocanon without AllowEncodedSlashes",
    stage: TO_8448,
    config: (stage) => apache(stage, matrix(stage, { inside: `ProxyPass /_matrix ${backend(stage)}/_matrix nocanon` })),
    finds: "federation/path-decoded",
  },
  {
    fault: "AllowEncodedSlashes On, no nocanon",
    stage: TO_8448,
    config: (stage) => apache(stage, matrix(stage, { inside: `AllowEncodedSlashes On\n    ProxyPass /_matrix ${backend(stage)}/_matrix` })),
    finds: "federation/path-decoded",
  },
  {
    fault: "RewriteCond on the whole Host",
    stage: TO_8448,
    config: (stage) =>
      apache(
        stage,
        matrix(stage, {
          inside: `RewriteEngine On\n    RewriteCond %{HTTP_HOST} ^matrix\\.example\\.org$ [NC]\n    RewriteRule ^/_matrix/ - [E=MATRIX:1]\n    RewriteCond %{ENV:MATRIX} !1\n    RewriteRule ^ - [R=404,L]\n    ${right(stage)}`,
        }),
      ),
    finds: "federation/host-port",
  },
  {
    fault: "leaf without intermediates",
    stage: TO_8448,
    config: (stage) => apache(stage, matrix(stage, { certificate: "cert.pem" })),
    finds: "tls/incomplete-chain",
  },
  {
    fault: "a redirect answers everything",
    stage: TO_8448,
    config: (stage) => apache(stage, matrix(stage, { inside: `Redirect permanent / https://${HOST}/` })),
    finds: "federation/redirected",
  },
  {
    fault: "plain HTTP on the TLS port",
    stage: TO_8448,
    config: (stage) => apache(stage, `<VirtualHost *:${stage.ports[8448]}>\n    ServerName ${HOST}\n    ${right(stage)}\n</VirtualHost>`),
    finds: "tls/plain-http",
  },
  {
    fault: "self-made default certificate",
    stage: TO_8448,
    prepare: snakeoil,
    config: (stage) => apache(stage, matrix(stage, { live: "localhost" })),
    finds: "tls/default-certificate",
  },
  {
    fault: "no virtual host for the name",
    stage: TO_8448,
    prepare: snakeoil,
    config: (stage) =>
      apache(
        stage,
        `<VirtualHost *:${stage.ports[8448]}>\n    ServerName localhost\n    ${certificate(stage, "localhost")}\n</VirtualHost>`,
      ),
    finds: "tls/default-certificate",
  },
  {
    fault: "another name's virtual host answers",
    stage: TO_8448,
    prepare: async (stage) => stage.save("other", await stage.issue(["other.example.org"])),
    config: (stage) =>
      apache(
        stage,
        `<VirtualHost *:${stage.ports[8448]}>\n    ServerName other.example.org\n    ${certificate(stage, "other")}\n</VirtualHost>`,
      ),
    finds: "tls/name-mismatch",
  },
  {
    fault: "expired certificate, renewed on disk",
    stage: TO_8448,
    prepare: async (stage) => stage.save(HOST, await stage.issue([HOST], new Date(Date.now() - 86_400_000))),
    config: (stage) => apache(stage, matrix(stage)),
    meanwhile: async (stage) => stage.save(HOST, await stage.issue([HOST])),
    finds: "tls/expired",
  },
  {
    fault: "a client certificate is demanded",
    stage: TO_8448,
    config: (stage) =>
      apache(
        stage,
        matrix(stage, {
          inside: `SSLVerifyClient require\n    SSLCACertificateFile ${stage.directory}/live/${HOST}/fullchain.pem\n    ${right(stage)}`,
        }),
      ),
    finds: "tls/client-certificate",
  },
  {
    fault: "RewriteCond on the whole Host turns homeservers away",
    stage: { mServer: `${HOST}:443` },
    config: (stage) =>
      apache(
        stage,
        matrix(stage, {
          port: stage.ports[443],
          inside: `RewriteEngine On\n    RewriteCond %{HTTP_HOST} !^matrix\\.example\\.org$\n    RewriteRule ^ - [R=404,L]\n    ${right(stage)}`,
        }),
      ),
    finds: "federation/host-not-matched",
  },
  {
    fault: "Content-Type of /_matrix is replaced",
    stage: TO_8448,
    config: (stage) =>
      apache(
        stage,
        matrix(stage, {
          inside: `${right(stage)}\n    <Location /_matrix>\n        Header always set Content-Type text/plain\n        Header set Content-Type text/plain\n    </Location>`,
        }),
      ),
    finds: "keys/content-type",
  },
  {
    fault: "no well-known",
    stage: OWN_WELL_KNOWN,
    config: (stage) => apache(stage, base(stage, `DocumentRoot ${stage.directory}/www`)),
    finds: "well-known/not-found",
  },
  {
    fault: "well-known: dotfiles are denied",
    stage: OWN_WELL_KNOWN,
    config: (stage) =>
      apache(
        stage,
        base(stage, `DocumentRoot ${stage.directory}/www\n    <LocationMatch "/\\.">\n        Require all denied\n    </LocationMatch>`),
      ),
    finds: "well-known/forbidden",
  },
  {
    fault: "well-known: Redirect catches it",
    stage: OWN_WELL_KNOWN,
    config: (stage) => apache(stage, base(stage, `Redirect permanent / https://${HOST}/start/`)),
    finds: "well-known/redirect-lost",
  },
  {
    fault: "well-known: RewriteRule to the start page",
    stage: OWN_WELL_KNOWN,
    config: (stage) =>
      apache(
        stage,
        base(stage, `DocumentRoot ${stage.directory}/www\n    RewriteEngine On\n    RewriteRule ^/.+ https://${NAME}/ [R=301,L]`),
      ),
    finds: "well-known/redirect-lost",
  },
  {
    fault: "well-known: single-page application",
    stage: OWN_WELL_KNOWN,
    config: (stage) => apache(stage, base(stage, `DocumentRoot ${stage.directory}/www\n    FallbackResource /index.html`)),
    finds: "well-known/not-json",
  },
  {
    fault: "well-known: leaf without intermediates",
    stage: OWN_WELL_KNOWN,
    prepare: publish,
    config: (stage) => apache(stage, base(stage, `DocumentRoot ${stage.directory}/www`, "cert.pem")),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: no virtual host for the name",
    stage: OWN_WELL_KNOWN,
    config: (stage) => apache(stage, matrix(stage, { port: stage.ports[443] })),
    finds: "well-known/tls",
  },
];

const MODULES = [
  "mpm_event",
  "authn_core",
  "authz_core",
  "ssl",
  "socache_shmcb",
  "proxy",
  "proxy_http",
  "headers",
  "rewrite",
  "alias",
  "dir",
  "mime",
  "setenvif",
];

/** An Apache with TLS behind the proxy, on `ports.inner`: the homeserver's virtual host, and one before it for names that none has. */
export function apacheBehind(stage: Stage): string {
  const hosts = `<VirtualHost *:${stage.ports.inner}>
    ServerName default.invalid
    ${certificate(stage, NAME)}
    SSLProtocol -all +TLSv1.2
</VirtualHost>
${matrix(stage, { port: stage.ports.inner })}`;
  return apache(stage, hosts)
    .replace(`Listen ${stage.ports[8448]}\n`, "")
    .replace(`Listen ${stage.ports[443]}`, `Listen ${stage.ports.inner}`);
}

/** As Debian's: its modules, and Listen for the ports. Without DocumentRoot of its own a virtual host has nothing. */
export function apache(stage: Stage, hosts: string): string {
  const at = stage.directory;
  const modules = MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  return `ServerRoot ${at}
ServerName localhost
PidFile ${at}/apache.pid
DefaultRuntimeDir ${at}
Mutex file:${at} default
ErrorLog ${at}/error.log
${modules.join("\n")}
User www-data
Group www-data
TypesConfig /etc/mime.types
StartServers 1
Listen ${stage.ports[8448]}
Listen ${stage.ports[443]}
<Directory />
    Require all denied
</Directory>
<DirectoryMatch "^${at}/(www|empty)">
    Require all granted
</DirectoryMatch>
DocumentRoot ${at}/empty
${hosts}
`;
}

function matrix(
  stage: Stage,
  { inside = right(stage), certificate: file = "fullchain.pem", live = HOST, port = stage.ports[8448] } = {},
): string {
  return `<VirtualHost *:${port}>
    ServerName ${HOST}
    ${certificate(stage, live, file)}
    ${inside}
</VirtualHost>`;
}

function base(stage: Stage, inside: string, file = "fullchain.pem"): string {
  return `<VirtualHost *:${stage.ports[443]}>
    ServerName ${NAME}
    ${certificate(stage, NAME, file)}
    ${inside}
</VirtualHost>
${matrix(stage, { port: stage.ports[443] })}`;
}

function certificate(stage: Stage, live: string, file = "fullchain.pem"): string {
  return `SSLEngine on\n    SSLCertificateFile ${stage.directory}/live/${live}/${file}\n    SSLCertificateKeyFile ${stage.directory}/live/${live}/privkey.pem`;
}

function right(stage: Stage): string {
  return `AllowEncodedSlashes NoDecode\n    ProxyPreserveHost On\n    ProxyPass /_matrix ${backend(stage)}/_matrix nocanon`;
}

function backend(stage: Stage): string {
  return `http://127.0.0.1:${stage.backend.port}`;
}
