/** Additional trusted roots: --ca-file, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS. The checker gets PEM texts. */
import { isBundledRoot, isReadable } from "../net/pem.ts";
import { harmless } from "../report/harmless.ts";
import { readBounded } from "./bounded-file.ts";
import { CommandUsageError, fileProblem, quote } from "./usage.ts";

/** Every public root there is fits into a twentieth of this. */
const MAX_BYTES = 10 * 1024 * 1024;

/** We hand Node our own roots, and then it doesn't add those of NODE_EXTRA_CA_CERTS itself. */
const VARIABLES = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] as const;

export interface Roots {
  /** PEM texts, a file each; without those that Node trusts anyway. */
  pems: string[];
  /** What is said on stderr about a variable whose file can't be used: the environment may be another's, so that is no error. */
  notes: string[];
}

export async function readRoots(files: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<Roots> {
  // On many machines the variables name the same bundle.
  const pems = new Map<string, string>();
  const notes: string[] = [];
  for (const file of files) {
    try {
      if (!pems.has(file)) pems.set(file, await readPem(file));
    } catch (error) {
      throw new CommandUsageError(`--ca-file ${quote(file)} ${unusable(error)}`);
    }
  }
  for (const variable of VARIABLES) {
    const file = env[variable];
    if (file === undefined || file === "") continue;
    try {
      if (!pems.has(file)) pems.set(file, await readPem(file));
    } catch (error) {
      notes.push(`${variable}=${harmless(file, 200)} is not used: ${reason(error)}`);
    }
  }
  return { pems: [...new Set(pems.values())].filter((text) => text !== ""), notes };
}

/** Null, or why no additional roots can be taken from the file. */
export async function rootsProblem(file: string): Promise<string | null> {
  try {
    await readPem(file);
    return null;
  } catch (error) {
    return unusable(error);
  }
}

class BadPem extends Error {}

function unusable(error: unknown): string {
  return `can't be used: ${reason(error)}; give a file of certificates in PEM form`;
}

function reason(error: unknown): string {
  return error instanceof BadPem ? error.message : fileProblem(error);
}

/** The certificates of a PEM file, without anything else that stands in it (comments, keys), and without those that Node trusts anyway. */
async function readPem(file: string): Promise<string> {
  const bytes = await readBounded(file, MAX_BYTES);
  if (bytes === null) throw new BadPem(`it is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
  const text = bytes.toString("latin1");
  const certificates = text.match(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END \1CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new BadPem(text.trim() === "" ? "it is empty" : "there is no certificate in it");
  const broken = certificates.findIndex((certificate) => !isReadable(certificate));
  if (broken >= 0) throw new BadPem(`certificate ${broken + 1} in it is broken`);
  return certificates
    .filter((certificate) => !isBundledRoot(certificate))
    .map((certificate) => `${certificate}\n`)
    .join("");
}
