/** HTTP/1.1 besides HTTP/2. Pure. */
import type { Proxy } from "../views/proxy.ts";

export function speakHttp1(port: number, proxy: Proxy | null): string {
  return proxy === "haproxy"
    ? `In haproxy.cfg, on the bind line for port ${port}, write "alpn h2,http/1.1" and remove "proto h2"; then reload HAProxy.`
    : `Make the server on port ${port} speak HTTP/1.1 besides HTTP/2, also with clients that send no ALPN (HAProxy: "alpn h2,http/1.1" and no "proto h2" on the bind line; Envoy: "codec_type: AUTO").`;
}
