/**
 * What URLs say to which many names redirect, as `m.server` files of a hosting provider: asked once for all names that come to them at the
 * same addresses.
 */
import type { Io } from "../../net/io.ts";
import { createSharing } from "../../net/sharing.ts";

/** Such URLs are few, and their answers short. */
const MAX_URLS = 256;
const MAX_BODY = 16_384;
const KEPT_MS = 60 * 60 * 1000;

/** A server's trouble (5xx), and being turned away (4xx but "not found"), may be of this moment: they are asked for again by each. */
export function shareUrls(): NonNullable<Io["sharedUrls"]> {
  return createSharing({
    most: MAX_URLS,
    keepMs({ hop: { response }, body }) {
      if (response.status !== "done" || (response.value.status >= 400 && response.value.status !== 404)) return null;
      return body.length > MAX_BODY ? 0 : KEPT_MS;
    },
  });
}
