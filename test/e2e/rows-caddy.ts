/** Caddy, broken in the ways in which it is broken out there. */
import { apacheBehind } from "./rows-apache.ts";
import { OWN_WELL_KNOWN, snakeoil, TO_8448, type Row } from "./row.ts";
import { HOST, NAME, type Stage } from "./stage.ts";

export const caddyRows: Row[] = [
  {
    fault: "no handle for /_matrix",
    stage: TO_8448,
    config: (stage) => caddy(stage, matrix(stage, { inside: "" })),
    finds: "federation/not-json",
  },
  {
    fault: "everything else is 404",
    stage: TO_8448,
    config: (stage) => caddy(stage, matrix(stage, { inside: "respond 404" })),
    finds: "federation/not-routed",
  },
  {
    fault: "only /_matrix/client is forwarded",
    stage: TO_8448,
    config: (stage) =>
      caddy(stage, matrix(stage, { inside: `handle /_matrix/client/* {\n\t\treverse_proxy ${backend(stage)}\n\t}\n\trespond 404` })),
    finds: "federation/not-routed",
  },
  {
    fault: "only /_matrix/federation is forwarded",
    stage: TO_8448,
    config: (stage) =>
      caddy(stage, matrix(stage, { inside: `handle /_matrix/federation/* {\n\t\treverse_proxy ${backend(stage)}\n\t}\n\trespond 404` })),
    finds: "keys/not-found",
  },
  {
    fault: "a start page answers everything",
    stage: TO_8448,
    config: (stage) =>
      caddy(stage, matrix(stage, { inside: `root * ${stage.directory}/www\n\ttry_files {path} /index.html\n\tfile_server` })),
    finds: "federation/not-json",
  },
  {
    fault: "rewrite with the decoded path",
    stage: TO_8448,
    config: (stage) =>
      caddy(
        stage,
        matrix(stage, { inside: `handle_path /_matrix/* {\n\t\trewrite * /_matrix{path}\n\t\treverse_proxy ${backend(stage)}\n\t}` }),
      ),
    finds: "federation/path-decoded",
  },
  {
    fault: "header Host matcher",
    stage: TO_8448,
    config: (stage) =>
      caddy(
        stage,
        matrix(stage, {
          inside: `@matrix header Host ${HOST}\n\thandle @matrix {\n\t\treverse_proxy ${backend(stage)}\n\t}\n\trespond 421`,
        }),
      ),
    finds: "federation/host-port",
  },
  {
    fault: "leaf without intermediates",
    stage: TO_8448,
    config: (stage) => caddy(stage, matrix(stage, { certificate: "cert.pem" })),
    finds: "tls/incomplete-chain",
  },
  {
    fault: "plain HTTP on the TLS port",
    stage: TO_8448,
    config: (stage) => caddy(stage, `http://${HOST}:${stage.ports[8448]} {\n\treverse_proxy ${backend(stage)}\n}`),
    finds: "tls/plain-http",
  },
  {
    fault: "expired certificate, renewed on disk",
    stage: TO_8448,
    prepare: async (stage) => stage.save(HOST, await stage.issue([HOST], new Date(Date.now() - 86_400_000))),
    config: (stage) => caddy(stage, matrix(stage)),
    meanwhile: async (stage) => stage.save(HOST, await stage.issue([HOST])),
    finds: "tls/expired",
  },
  {
    fault: "a redirect answers everything",
    stage: TO_8448,
    config: (stage) => caddy(stage, matrix(stage, { inside: `redir https://${HOST}{uri}` })),
    finds: "federation/redirected",
  },
  {
    fault: "the prefix is stripped",
    stage: TO_8448,
    config: (stage) => caddy(stage, matrix(stage, { inside: `handle_path /_matrix/* {\n\t\treverse_proxy ${backend(stage)}\n\t}` })),
    finds: "federation/not-routed",
  },
  {
    fault: "no site for the name",
    stage: TO_8448,
    config: (stage) => caddy(stage, `other.example.org:${stage.ports[8448]} {\n\trespond 404\n}`),
    finds: "tls/handshake",
  },
  {
    fault: "self-made default certificate",
    stage: TO_8448,
    prepare: snakeoil,
    config: (stage) => caddy(stage, matrix(stage, { live: "localhost" })),
    finds: "tls/default-certificate",
  },
  {
    fault: "a client certificate is demanded",
    stage: TO_8448,
    config: (stage) =>
      caddy(
        stage,
        `${HOST}:${stage.ports[8448]} {\n\ttls ${stage.directory}/live/${HOST}/fullchain.pem ${stage.directory}/live/${HOST}/privkey.pem {\n\t\tclient_auth {\n\t\t\tmode require\n\t\t}\n\t}\n\treverse_proxy 127.0.0.1:${stage.backend.port}\n}`,
      ),
    finds: "tls/client-certificate",
  },
  {
    fault: "TLS to an Apache behind it, without the name",
    stage: { mServer: `${HOST}:443` },
    inner: (stage) => ({ kind: "apache", config: apacheBehind(stage) }),
    config: (stage) =>
      caddy(
        stage,
        `${HOST} {\n\ttls ${stage.directory}/live/${HOST}/fullchain.pem ${stage.directory}/live/${HOST}/privkey.pem\n\treverse_proxy https://127.0.0.1:${stage.ports.inner} {\n\t\ttransport http {\n\t\t\ttls_insecure_skip_verify\n\t\t}\n\t}\n}`,
      ),
    finds: "federation/http-status",
  },
  {
    fault: "Content-Type of /_matrix is replaced",
    stage: TO_8448,
    config: (stage) =>
      caddy(stage, matrix(stage, { inside: `reverse_proxy ${backend(stage)} {\n\t\theader_down Content-Type text/plain\n\t}` })),
    finds: "keys/content-type",
  },
  {
    fault: "no well-known",
    stage: OWN_WELL_KNOWN,
    config: (stage) => caddy(stage, base(stage, "respond 404")),
    finds: "well-known/not-found",
  },
  {
    fault: "well-known: dotfiles are denied",
    stage: OWN_WELL_KNOWN,
    config: (stage) => caddy(stage, base(stage, `@dotfiles path /.*\n\trespond @dotfiles 403\n\tfile_server`)),
    finds: "well-known/forbidden",
  },
  {
    fault: "well-known: redirected to the start page",
    stage: OWN_WELL_KNOWN,
    config: (stage) =>
      caddy(
        stage,
        base(stage, `@elsewhere not path /\n\tredir @elsewhere https://${NAME}/\n\troot * ${stage.directory}/www\n\tfile_server`),
      ),
    finds: "well-known/redirect-lost",
  },
  {
    fault: "well-known: redirect loop",
    stage: OWN_WELL_KNOWN,
    config: (stage) => caddy(stage, base(stage, `redir https://${NAME}{uri}`)),
    finds: "well-known/redirect-loop",
  },
  {
    fault: "well-known: single-page application",
    stage: OWN_WELL_KNOWN,
    config: (stage) => caddy(stage, base(stage, `root * ${stage.directory}/www\n\ttry_files {path} /index.html\n\tfile_server`)),
    finds: "well-known/not-json",
  },
  {
    fault: "well-known: m.server with https://",
    stage: OWN_WELL_KNOWN,
    config: (stage) => caddy(stage, base(stage, `respond /.well-known/matrix/server \`{"m.server": "https://${HOST}:443"}\``)),
    finds: "well-known/invalid-m-server",
  },
  {
    fault: "well-known: leaf without intermediates",
    stage: OWN_WELL_KNOWN,
    config: (stage) => caddy(stage, base(stage, `respond /.well-known/matrix/server \`{"m.server": "${HOST}:443"}\``, "cert.pem")),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: no site for the name",
    stage: OWN_WELL_KNOWN,
    config: (stage) => caddy(stage, matrix(stage, { address: HOST })),
    finds: "well-known/tls",
  },
];

/** Caddy's own authority is in the place of the public one. */
export function caddy(stage: Stage, sites: string): string {
  return `{
	admin 127.0.0.1:${stage.ports.admin}
	auto_https disable_redirects
	skip_install_trust
	local_certs
	https_port ${stage.ports[443]}
	grace_period 1s
}
${sites}
`;
}

function matrix(
  stage: Stage,
  {
    inside = `reverse_proxy /_matrix/* ${backend(stage)}`,
    certificate: file = "fullchain.pem",
    live = HOST,
    address = `${HOST}:${stage.ports[8448]}`,
  } = {},
): string {
  return `${address} {
	tls ${stage.directory}/live/${live}/${file} ${stage.directory}/live/${live}/privkey.pem
	${inside}
}`;
}

function base(stage: Stage, inside: string, file = "fullchain.pem"): string {
  return `${NAME} {
	tls ${stage.directory}/live/${NAME}/${file} ${stage.directory}/live/${NAME}/privkey.pem
	${inside}
}
${matrix(stage, { address: HOST })}`;
}

function backend(stage: Stage): string {
  return `127.0.0.1:${stage.backend.port}`;
}
