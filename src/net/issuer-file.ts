/** What stands at the URL of an issuer: a certificate in DER, or several in PKCS #7 (RFC 5280, 4.2.2.1); PEM is not allowed, and occurs. */
import { X509Certificate } from "node:crypto";
import { children, contents, element, oidOf, type Element } from "./der.ts";
import { readPemBundle } from "./pem.ts";

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const MOST = 10;

/** The certificates' DER forms, at most ten; empty when it is none of all that. */
export function certificatesIn(body: Buffer): Buffer[] {
  return (fromPem(body) ?? fromPkcs7(body) ?? [body]).slice(0, MOST).filter(isCertificate);
}

function isCertificate(der: Buffer): boolean {
  try {
    new X509Certificate(der);
    return true;
  } catch {
    return false;
  }
}

function fromPem(body: Buffer): Buffer[] | null {
  const text = body.toString("latin1");
  if (!text.includes("-----BEGIN ")) return null;
  try {
    return readPemBundle(text).map((pem) => new X509Certificate(pem).raw);
  } catch {
    return null;
  }
}

/** ContentInfo with SignedData, whose certificates stand under `[0]` (RFC 5652, 5.1). */
function fromPkcs7(body: Buffer): Buffer[] | null {
  try {
    const [type, wrapped] = children(body, element(body, 0));
    if (type === undefined || wrapped === undefined || oidOf(body, type) !== SIGNED_DATA) return null;
    const certificates = children(body, element(body, wrapped.start)).find(({ tag }) => tag === 0xa0);
    const whole = ({ at, end }: Element): Buffer => contents(body, { tag: 0, at, start: at, end });
    return certificates === undefined ? [] : children(body, certificates).map(whole);
  } catch {
    return null;
  }
}
