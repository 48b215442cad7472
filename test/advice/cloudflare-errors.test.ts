/** Cloudflare's own status codes: each says what is wrong behind it, and what to do there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cloudflareError } from "../../src/advice/cloudflare-errors.ts";

for (const [status, excerpt, meaning] of [
  [521, "", /refuses the connection/],
  [522, "", /doesn't accept the connection in time/],
  [523, "", /no route to/],
  [524, "", /more than 100 s/],
  [525, "", /TLS handshake/],
  [526, "", /certificate that Cloudflare refuses/],
  [530, "error code: 1033", /tunnel behind it isn't running/],
  [530, "<title>error code: 1016</title>", /can't resolve the name/],
  [530, "error code: 9999", /can't find the server behind it/],
] as const) {
  test(`${status} ${excerpt}`, () => {
    const found = cloudflareError({ status, excerpt });
    assert.match(found?.meaning ?? "", meaning);
    assert.match(found?.fix ?? "", /^[A-Z]/);
  });
}

test("other statuses say nothing about Cloudflare", () => {
  for (const status of [200, 404, 502, 503, 504, 519, 531]) assert.equal(cloudflareError({ status, excerpt: "error code: 1033" }), null);
});
