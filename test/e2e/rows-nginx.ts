/** nginx, broken in the ways in which it is broken out there. */
import { apacheBehind } from "./rows-apache.ts";
import { OWN_WELL_KNOWN, snakeoil, TO_8448, type Row } from "./row.ts";
import { HOST, NAME, type Stage } from "./stage.ts";

export const nginxRows: Row[] = [
  {
    fault: "no location for /_matrix",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: "" })),
    finds: "federation/not-routed",
  },
  {
    fault: "only /_matrix/client is forwarded",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: `location /_matrix/client { proxy_pass ${backend(stage)}; }` })),
    finds: "federation/not-routed",
  },
  {
    fault: "only /_matrix/federation is forwarded",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: `location /_matrix/federation { proxy_pass ${backend(stage)}; }` })),
    finds: "keys/not-found",
  },
  {
    fault: "a start page answers everything",
    stage: TO_8448,
    config: (stage) =>
      nginx(stage, matrix(stage, { inside: "location / { default_type text/html; return 200 '<html><title>Welcome</title></html>'; }" })),
    finds: "federation/not-json",
  },
  {
    fault: "proxy_pass with a slash at its end",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: `location /_matrix/ { proxy_pass ${backend(stage)}/_matrix/; }` })),
    finds: "federation/path-decoded",
  },
  {
    fault: "rewrite decodes the path",
    stage: TO_8448,
    config: (stage) =>
      nginx(stage, matrix(stage, { inside: `location /_matrix { rewrite ^/(.*)$ /$1 break; proxy_pass ${backend(stage)}; }` })),
    finds: "federation/path-decoded",
  },
  {
    fault: "condition on $http_host",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: `if ($http_host != "${HOST}") { return 421; }\n${right(stage)}` })),
    finds: "federation/host-port",
  },
  {
    fault: "leaf without intermediates",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { certificate: "cert.pem" })),
    finds: "tls/incomplete-chain",
  },
  {
    fault: "plain HTTP on the TLS port",
    stage: TO_8448,
    config: (stage) => nginx(stage, `server {\n    listen ${stage.ports[8448]};\n    server_name ${HOST};\n    ${right(stage)}\n}`),
    finds: "tls/plain-http",
  },
  {
    fault: "IPv6 not listening",
    stage: { ...TO_8448, addresses: ["127.0.0.1", "::1"] },
    config: (stage) => nginx(stage, matrix(stage, { listen: `listen ${stage.ports[8448]} ssl;` })),
    finds: "connect/ipv6-down",
  },
  {
    fault: "self-made default certificate",
    stage: TO_8448,
    prepare: snakeoil,
    config: (stage) => nginx(stage, matrix(stage, { live: "localhost" })),
    finds: "tls/default-certificate",
  },
  {
    fault: "no virtual host for the name",
    stage: TO_8448,
    prepare: snakeoil,
    config: (stage) =>
      nginx(
        stage,
        `server {\n    listen ${stage.ports[8448]} ssl default_server;\n    server_name _;\n    ${certificate(stage, "localhost")}\n    location / { return 404; }\n}`,
      ),
    finds: "tls/default-certificate",
  },
  {
    fault: "another name's virtual host answers",
    stage: TO_8448,
    prepare: async (stage) => stage.save("other", await stage.issue(["other.example.org"])),
    config: (stage) =>
      nginx(
        stage,
        `server {\n    listen ${stage.ports[8448]} ssl;\n    server_name other.example.org;\n    ${certificate(stage, "other")}\n    location / { return 404; }\n}`,
      ),
    finds: "tls/name-mismatch",
  },
  {
    fault: "expired certificate, renewed on disk",
    stage: TO_8448,
    prepare: async (stage) => stage.save(HOST, await stage.issue([HOST], new Date(Date.now() - 86_400_000))),
    config: (stage) => nginx(stage, matrix(stage)),
    meanwhile: async (stage) => stage.save(HOST, await stage.issue([HOST])),
    finds: "tls/expired",
  },
  {
    fault: "Content-Type of /_matrix is replaced",
    stage: TO_8448,
    config: (stage) =>
      nginx(
        stage,
        matrix(stage, {
          inside: `location /_matrix/ {\n        proxy_pass ${backend(stage)};\n        proxy_hide_header Content-Type;\n        add_header Content-Type text/plain;\n    }`,
        }),
      ),
    finds: "keys/content-type",
  },
  {
    fault: "a redirect answers everything",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: "location / { return 301 https://$host$request_uri; }" })),
    finds: "federation/redirected",
  },
  {
    fault: "a login is demanded",
    stage: TO_8448,
    config: (stage) =>
      nginx(stage, matrix(stage, { inside: `auth_basic private;\n    auth_basic_user_file /dev/null;\n    ${right(stage)}` })),
    finds: "federation/forbidden",
  },
  {
    fault: "a client certificate is demanded",
    stage: TO_8448,
    config: (stage) =>
      nginx(
        stage,
        matrix(stage, {
          inside: `ssl_verify_client on;\n    ssl_client_certificate ${stage.directory}/live/${HOST}/chain.pem;\n    ${right(stage)}`,
        }),
      ),
    finds: "tls/client-certificate",
  },
  {
    fault: "TLS to an Apache behind it, without the name",
    stage: { mServer: `${HOST}:443` },
    inner: (stage) => ({ kind: "apache", config: apacheBehind(stage) }),
    config: (stage) =>
      nginx(
        stage,
        matrix(stage, {
          listen: on443(stage),
          inside: `location /_matrix { proxy_pass https://127.0.0.1:${stage.ports.inner}; proxy_set_header Host $host; }`,
        }),
      ),
    finds: "federation/http-status",
  },
  {
    fault: "plain HTTP to the TLS port of an Apache behind it",
    stage: { mServer: `${HOST}:443` },
    inner: (stage) => ({ kind: "apache", config: apacheBehind(stage) }),
    config: (stage) =>
      nginx(
        stage,
        matrix(stage, {
          listen: on443(stage),
          inside: `location /_matrix { proxy_pass http://127.0.0.1:${stage.ports.inner}; proxy_set_header Host $host; }`,
        }),
      ),
    finds: "federation/http-status",
  },
  {
    fault: "single sign-on (auth_request) before /_matrix",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: `${signOn(stage)}\n    ${right(stage)}` })),
    finds: "federation/redirected",
  },
  {
    fault: "well-known: single sign-on (auth_request) before it",
    stage: OWN_WELL_KNOWN,
    prepare: ({ net }) =>
      net
        .web("auth.example.org", { routes: { "/": { headers: { "content-type": "text/html" }, body: "<!doctype html>" } } })
        .then(() => {}),
    config: (stage) => nginx(stage, base(stage, `${signOn(stage)}\n    location / { root ${stage.directory}/www; }`)),
    finds: "well-known/redirect-lost",
  },
  {
    fault: "condition on $http_host turns homeservers away",
    stage: { mServer: `${HOST}:443` },
    config: (stage) =>
      nginx(stage, matrix(stage, { listen: on443(stage), inside: `if ($http_host != ${HOST}) { return 404; }\n    ${right(stage)}` })),
    finds: "federation/host-not-matched",
  },
  {
    fault: "the prefix is lost at proxy_pass",
    stage: TO_8448,
    config: (stage) => nginx(stage, matrix(stage, { inside: `location /_matrix { proxy_pass ${backend(stage)}/; }` })),
    finds: "federation/not-routed",
  },
  {
    fault: "no well-known",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, "location / { return 404; }")),
    finds: "well-known/not-found",
  },
  {
    fault: "well-known: dotfiles are denied",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, `${wellKnown()}\n    location ~ /\\. { deny all; }`)),
    finds: "well-known/forbidden",
  },
  {
    fault: "well-known: redirected to the start page",
    stage: OWN_WELL_KNOWN,
    config: (stage) =>
      nginx(stage, base(stage, `location = / { return 200 '<html>Welcome</html>'; }\n    location / { return 301 https://${NAME}/; }`)),
    finds: "well-known/redirect-lost",
  },
  {
    fault: "well-known: the whole server redirects",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, `return 301 https://${HOST}/;`)),
    finds: "well-known/redirect-lost",
  },
  {
    fault: "well-known: redirect loop",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, `return 301 https://${NAME}$request_uri;`)),
    finds: "well-known/redirect-loop",
  },
  {
    fault: "well-known: single-page application",
    stage: OWN_WELL_KNOWN,
    config: (stage) =>
      nginx(stage, base(stage, "location / { default_type text/html; return 200 '<!doctype html><div id=\"root\"></div>'; }")),
    finds: "well-known/not-json",
  },
  {
    fault: "well-known: the client's file",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, wellKnown(`{"m.homeserver": {"base_url": "https://${HOST}"}}`))),
    finds: "well-known/no-m-server",
  },
  {
    fault: "well-known: m.server with https://",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, wellKnown(`{"m.server": "https://${HOST}:443"}`))),
    finds: "well-known/invalid-m-server",
  },
  {
    fault: "well-known: m.server without the port",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, wellKnown(`{"m.server": "${HOST}"}`))),
    finds: "well-known/port-missing",
  },
  {
    fault: "well-known: a comma too many",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, wellKnown(`{"m.server": "${HOST}:443",}`))),
    finds: "well-known/not-json",
  },
  {
    fault: "well-known: on the homeserver's host only",
    stage: OWN_WELL_KNOWN,
    config: (stage) =>
      nginx(stage, base(stage, "location / { return 404; }").replaceAll(right(stage), `${right(stage)}\n    ${wellKnown()}`)),
    finds: "well-known/on-target-only",
  },
  {
    fault: "well-known: the backend is down",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, "location / { proxy_pass http://127.0.0.1:1; }")),
    finds: "well-known/server-error",
  },
  {
    fault: "well-known: leaf without intermediates",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, wellKnown(), "cert.pem")),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: no virtual host for the name",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, matrix(stage, { listen: on443(stage) })),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: certificate of another name",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, wellKnown(), "fullchain.pem", HOST)),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: plain HTTP on 443",
    stage: OWN_WELL_KNOWN,
    config: (stage) => nginx(stage, base(stage, wellKnown()).replaceAll(" ssl;", ";")),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: expired certificate, renewed on disk",
    stage: OWN_WELL_KNOWN,
    prepare: async (stage) => stage.save(NAME, await stage.issue([NAME], new Date(Date.now() - 86_400_000))),
    config: (stage) => nginx(stage, base(stage, wellKnown())),
    meanwhile: async (stage) => stage.save(NAME, await stage.issue([NAME])),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: on IPv6 another virtual host answers",
    stage: { ...OWN_WELL_KNOWN, addresses: ["127.0.0.1", "::1"] },
    config: (stage) => nginx(stage, base(stage, wellKnown()).replace(/^ *listen \[::\].*\n/m, "")),
    finds: "well-known/split",
  },
];

export function nginx(stage: Stage, servers: string): string {
  const at = stage.directory;
  return `${process.getuid?.() === 0 ? "user root;\n" : ""}worker_processes 1;
pid ${at}/nginx.pid;
error_log ${at}/error.log;
events { worker_connections 256; }
http {
access_log off;
client_body_temp_path ${at}/body;
proxy_temp_path ${at}/proxy;
fastcgi_temp_path ${at}/fastcgi;
uwsgi_temp_path ${at}/uwsgi;
scgi_temp_path ${at}/scgi;
${servers}
}
`;
}

/** The homeserver's host, on 8448. */
function matrix(
  stage: Stage,
  {
    inside = right(stage),
    certificate: file = "fullchain.pem",
    live = HOST,
    listen = `listen ${stage.ports[8448]} ssl;\n    listen [::]:${stage.ports[8448]} ssl;`,
  } = {},
): string {
  return `server {
    ${listen}
    server_name ${HOST};
    ${certificate(stage, live, file)}
    ${inside}
}`;
}

/** The server name's host, and a homeserver's host that is right, both on 443. */
function base(stage: Stage, inside: string, file = "fullchain.pem", live = NAME): string {
  const listen = on443(stage);
  return `server {
    ${listen}
    server_name ${NAME};
    ${certificate(stage, live, file)}
    ${inside}
}
${matrix(stage, { listen })}`;
}

/** Authelia's way: who has no session is sent to the login with where to go on. */
function signOn({ backend: { port } }: Stage): string {
  return `auth_request /session;
    error_page 401 =302 https://auth.example.org/?rd=https://$http_host$request_uri;
    location = /session { internal; proxy_pass http://127.0.0.1:${port}/_matrix/federation/v1/event/x; }`;
}

function on443({ ports }: Stage): string {
  return `listen ${ports[443]} ssl;\n    listen [::]:${ports[443]} ssl;`;
}

function certificate(stage: Stage, live: string, file = "fullchain.pem"): string {
  return `ssl_certificate ${stage.directory}/live/${live}/${file};\n    ssl_certificate_key ${stage.directory}/live/${live}/privkey.pem;`;
}

function right(stage: Stage): string {
  return `location /_matrix { proxy_pass ${backend(stage)}; proxy_set_header Host $host:$server_port; }`;
}

function backend(stage: Stage): string {
  return `http://127.0.0.1:${stage.backend.port}`;
}

function wellKnown(body = `{"m.server": "${HOST}:443"}`): string {
  return `location /.well-known/matrix/server { default_type application/json; return 200 '${body}'; }`;
}
