/** HAProxy, broken in the ways in which it is broken out there. */
import { apacheBehind } from "./rows-apache.ts";
import { OWN_WELL_KNOWN, publish, snakeoil, TO_8448, type Row } from "./row.ts";
import { HOST, NAME, type Stage } from "./stage.ts";

export const haproxyRows: Row[] = [
  {
    fault: "no rule for /_matrix, no default backend",
    stage: TO_8448,
    config: (stage) => haproxy(stage, front(stage, "")),
    finds: "federation/upstream-down",
  },
  {
    fault: "the default backend answers 404",
    stage: TO_8448,
    config: (stage) => haproxy(stage, `${front(stage, "default_backend website")}\n${website(stage)}`),
    finds: "federation/not-routed",
  },
  {
    fault: "the default backend is an nginx",
    stage: TO_8448,
    config: (stage) =>
      haproxy(stage, `${front(stage, "http-response set-header Server nginx/1.22.1\n    default_backend website")}\n${website(stage)}`),
    finds: "federation/not-routed",
  },
  {
    fault: "only /_matrix/client is forwarded",
    stage: TO_8448,
    config: (stage) => haproxy(stage, `${front(stage, "use_backend synapse if { path_beg /_matrix/client }")}\n${synapse(stage)}`),
    finds: "federation/upstream-down",
  },
  {
    fault: "hdr(host) compared as a whole",
    stage: TO_8448,
    config: (stage) =>
      haproxy(stage, `${front(stage, `acl matrix_host hdr(host) -i ${HOST}\n    use_backend synapse if matrix_host`)}\n${synapse(stage)}`),
    finds: "federation/host-port",
  },
  {
    fault: "path decoded with url_dec",
    stage: TO_8448,
    config: (stage) =>
      haproxy(stage, `${front(stage, "http-request set-path %[path,url_dec]\n    default_backend synapse")}\n${synapse(stage)}`),
    finds: "federation/path-decoded",
  },
  {
    fault: "a redirect answers everything",
    stage: TO_8448,
    config: (stage) =>
      haproxy(stage, `${front(stage, `http-request redirect location https://${HOST}/\n    default_backend synapse`)}\n${synapse(stage)}`),
    finds: "federation/redirected",
  },
  {
    fault: "all but one path is denied",
    stage: TO_8448,
    config: (stage) =>
      haproxy(stage, `${front(stage, "http-request deny unless { path_beg /public/ }\n    default_backend synapse")}\n${synapse(stage)}`),
    finds: "federation/forbidden",
  },
  {
    fault: "the prefix is stripped",
    stage: TO_8448,
    config: (stage) =>
      haproxy(stage, `${front(stage, "http-request replace-path /_matrix(.*) \\1\n    default_backend synapse")}\n${synapse(stage)}`),
    finds: "federation/not-routed",
  },
  {
    fault: "leaf without intermediates",
    stage: TO_8448,
    prepare: (stage) => leafAlone(stage),
    config: (stage) => haproxy(stage, `${front(stage, "default_backend synapse")}\n${synapse(stage)}`),
    finds: "tls/incomplete-chain",
  },
  {
    fault: "plain HTTP on the TLS port",
    stage: TO_8448,
    config: (stage) => haproxy(stage, `${front(stage, "default_backend synapse", `bind :${stage.ports[8448]}`)}\n${synapse(stage)}`),
    finds: "tls/plain-http",
  },
  {
    fault: "self-made default certificate",
    stage: TO_8448,
    prepare: snakeoil,
    config: (stage) => haproxy(stage, `${front(stage, "default_backend synapse", bind(stage, 8448, "localhost"))}\n${synapse(stage)}`),
    finds: "tls/default-certificate",
  },
  {
    fault: "IPv6 not listening",
    stage: { ...TO_8448, addresses: ["127.0.0.1", "::1"] },
    config: (stage) => haproxy(stage, `${front(stage, "default_backend synapse")}\n${synapse(stage)}`),
    finds: "connect/ipv6-down",
  },
  {
    fault: "expired certificate, renewed on disk",
    stage: TO_8448,
    prepare: async (stage) => stage.save(HOST, await stage.issue([HOST], new Date(Date.now() - 86_400_000))),
    config: (stage) => haproxy(stage, `${front(stage, "default_backend synapse")}\n${synapse(stage)}`),
    meanwhile: async (stage) => stage.save(HOST, await stage.issue([HOST])),
    finds: "tls/expired",
  },
  {
    fault: "hdr(host) compared as a whole turns homeservers away",
    stage: { mServer: `${HOST}:443` },
    config: (stage) =>
      haproxy(
        stage,
        `${front(stage, `acl matrix hdr(host) -i ${HOST}\n    use_backend synapse if matrix`, bind(stage, 443, HOST))}\n${synapse(stage)}`,
      ),
    finds: "federation/host-not-matched",
  },
  {
    fault: "a client certificate is demanded",
    stage: TO_8448,
    config: (stage) =>
      haproxy(
        stage,
        `${front(stage, "default_backend synapse", `${bind(stage, 8448, HOST)} ca-file ${stage.directory}/live/${HOST}/fullchain.pem verify required`)}\n${synapse(stage)}`,
      ),
    finds: "tls/client-certificate",
  },
  {
    fault: "TLS to an Apache behind it, without the name",
    stage: { mServer: `${HOST}:443` },
    inner: (stage) => ({ kind: "apache", config: apacheBehind(stage) }),
    config: (stage) =>
      haproxy(
        stage,
        `${front(stage, "default_backend synapse", bind(stage, 443, HOST))}\nbackend synapse\n    server homeserver 127.0.0.1:${stage.ports.inner} ssl verify none`,
      ),
    finds: "federation/http-status",
  },
  {
    fault: "Content-Type of /_matrix is replaced",
    stage: TO_8448,
    config: (stage) =>
      haproxy(stage, `${front(stage, "http-response set-header Content-Type text/plain\n    default_backend synapse")}\n${synapse(stage)}`),
    finds: "keys/content-type",
  },
  {
    fault: "no well-known, no backend for it",
    stage: OWN_WELL_KNOWN,
    config: (stage) => haproxy(stage, `${base(stage, "")}\n${synapse(stage)}`),
    finds: "well-known/server-error",
  },
  {
    fault: "well-known: the website has none",
    stage: OWN_WELL_KNOWN,
    config: (stage) => haproxy(stage, `${base(stage, "default_backend website")}\n${website(stage)}\n${synapse(stage)}`),
    finds: "well-known/not-found",
  },
  {
    fault: "well-known: redirected to the start page",
    stage: OWN_WELL_KNOWN,
    config: (stage) =>
      haproxy(
        stage,
        `${base(stage, `http-request redirect location https://${NAME}/ unless { path / } or { hdr(host),field(1,:) -i ${HOST} }\n    default_backend website`)}\n${website(stage)}\n${synapse(stage)}`,
      ),
    finds: "well-known/redirect-lost",
  },
  {
    fault: "well-known: dotfiles are denied",
    stage: OWN_WELL_KNOWN,
    prepare: publish,
    config: (stage) =>
      haproxy(
        stage,
        `${base(stage, "http-request deny if { path_beg /. }\n    default_backend website")}\n${website(stage)}\n${synapse(stage)}`,
      ),
    finds: "well-known/forbidden",
  },
  {
    fault: "well-known: leaf without intermediates",
    stage: OWN_WELL_KNOWN,
    prepare: async (stage) => {
      await publish(stage);
      await leafAlone(stage, NAME);
    },
    config: (stage) => haproxy(stage, `${base(stage, "default_backend website")}\n${website(stage)}\n${synapse(stage)}`),
    finds: "well-known/tls",
  },
  {
    fault: "well-known: plain HTTP on 443",
    stage: OWN_WELL_KNOWN,
    prepare: publish,
    config: (stage) =>
      haproxy(stage, `${base(stage, "default_backend website").replace(/ ssl crt.*/, "")}\n${website(stage)}\n${synapse(stage)}`),
    finds: "well-known/tls",
  },
];

export function haproxy(stage: Stage, sections: string): string {
  return `global
    stats socket ${stage.directory}/haproxy.sock mode 600 level admin
    hard-stop-after 2s
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
${sections}
`;
}

function front(stage: Stage, inside: string, listen = bind(stage, 8448, HOST)): string {
  return `frontend https
    ${listen}
    ${inside}`;
}

function base(stage: Stage, inside: string): string {
  return `frontend https
    bind :${stage.ports[443]} ssl crt ${stage.directory}/certs/${NAME}.pem crt ${stage.directory}/certs/${HOST}.pem
    ${inside}
    use_backend synapse if { path_beg /_matrix/ } { hdr(host),field(1,:) -i ${HOST} }`;
}

function bind(stage: Stage, port: 443 | 8448, name: string): string {
  return `bind :${stage.ports[port]} ssl crt ${stage.directory}/certs/${name}.pem`;
}

function synapse(stage: Stage): string {
  return `backend synapse\n    server synapse 127.0.0.1:${stage.backend.port}`;
}

function website(stage: Stage): string {
  return `backend website\n    server website 127.0.0.1:${stage.website.port}`;
}

async function leafAlone(stage: Stage, name = HOST): Promise<void> {
  const issued = await stage.issue([name]);
  stage.save(name, { ...issued, chain: issued.cert });
  stage.saveLive(name, issued);
}
