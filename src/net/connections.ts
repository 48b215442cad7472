/** What is needed to connect to something, loaded in one go while the first questions are on their way. */
export { createHttpClient, preloadHttp } from "./http.ts";
export { createTlsClient, SPARES } from "./tls.ts";
export { createTrustStore } from "./trust.ts";
