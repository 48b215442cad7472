import assert from "node:assert/strict";
import { test } from "node:test";
import { isChallenge } from "../../src/views/challenge.ts";
import type { HttpFacts } from "../../src/facts/facts.ts";

const page = (title: string, headers: Record<string, string> = {}): HttpFacts =>
  ({ status: 200, headers, excerpt: `<!DOCTYPE html><html><head><title>${title}</title>` }) as HttpFacts;

for (const [title, expected] of [
  ["Just a moment...", true],
  ["Attention Required! | Cloudflare", true],
  ["Access denied | example.org used Cloudflare to restrict access", true],
  ["Making sure you&#39;re not a bot!", true],
  ["Making sure you're not a bot!", true],
  ["Checking your browser before accessing example.org", true],
  ["DDoS-Guard", true],
  ["One moment, please...", true],
  ["Security Check", true],
  ["Security checks for your house", false],
  ["Access denied", false],
  ["A blog about captchas", false],
  ["Welcome, just a moment ago we were founded", false],
] as const) {
  test(`${title}: ${expected ? "a challenge" : "none"}`, () => assert.equal(isChallenge(page(title)), expected));
}

test("Cloudflare says so in a header, whatever the page is", () => {
  assert.equal(isChallenge(page("Example", { "cf-mitigated": "challenge" })), true);
});
