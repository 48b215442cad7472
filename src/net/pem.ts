/** Certificates as PEM texts: taken out of a file's text, and told from the roots that Node brings along. */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

/** The certificates in a PEM text, one PEM each; text around them is allowed. Throws an Error that says what is wrong with it. */
export function readPemBundle(text: string): string[] {
  const begun = text.match(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) {
    throw new Error(
      text.includes("PRIVATE KEY-----")
        ? "a private key where certificates in PEM form were expected"
        : "no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
    );
  }
  const blocks = text.match(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (TRUSTED |X509 )?CERTIFICATE-----/g) ?? [];
  if (blocks.length < begun) throw new Error(`${begun} certificates begin, but ${blocks.length} end: the text is cut off or damaged`);
  for (const [index, pem] of blocks.entries()) {
    if (!isReadable(pem)) throw new Error(`certificate ${index + 1} of ${begun} can't be read`);
  }
  return blocks;
}

/** PEMs that OpenSSL has read. */
const read = new Set<string>();
const MOST_REMEMBERED = 200;

/** Whether OpenSSL can read that PEM. */
export function isReadable(pem: string): boolean {
  // A system's own bundle is nearly the same as Node's, and to parse it costs 30 ms. One certificate takes 5 ms when the program has just
  // started, and is asked for by the command line, the options and the trust store.
  if (isBundledRoot(pem) || read.has(pem)) return true;
  try {
    new X509Certificate(pem);
    if (read.size < MOST_REMEMBERED) read.add(pem);
    return true;
  } catch {
    return false;
  }
}

let bundled: Set<string> | undefined;

/** Whether Node trusts that certificate anyway. */
export function isBundledRoot(pem: string): boolean {
  bundled ??= new Set(rootCertificates.map(inOneLine));
  return bundled.has(inOneLine(pem));
}

/** Bundles differ in the length of their lines. */
function inOneLine(pem: string): string {
  return pem.replaceAll("\n", "").replaceAll("\r", "");
}

/** What stands between the first and the last line, without white space. */
export function base64Of(pem: string): string {
  return pem.replace(/-----[^-]*-----|\s+/g, "");
}
