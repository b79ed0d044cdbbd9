import { readFileSync, unwatchFile, watchFile } from "node:fs"
import { createSecureContext } from "node:tls"
import { Refusal } from "./refusal.ts"

/** A certificate and its private key, both PEM texts. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Where they are. */
export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** How often the files are looked at, in milliseconds. Renewals come days before the old certificate ends. */
const lookEveryMs = 5000

/** @throws Refusal in one line, when a file cannot be read or the two are not a certificate and its key */
export function readCertificate({ certFile, keyFile }: CertificateFiles): Certificate {
  const pair = { cert: read("SLUICE_TLS_CERT_FILE", certFile), key: read("SLUICE_TLS_KEY_FILE", keyFile) }
  try {
    createSecureContext(pair)
  } catch (error) {
    throw new Refusal(
      `${certFile} and ${keyFile} are not a certificate and its private key in PEM (${toReason(error)}).`,
    )
  }
  return pair
}

function read(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    throw new Refusal(`${variable}: ${file} cannot be read (${toReason(error)}).`)
  }
}

const toReason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

/**
 * Calls `renew` with the new pair after either file changed. A pair that does not fit together, as between the two writes of a
 * renewal, goes to `report` and the old one stays in use. The function it gives ends the watch.
 */
export function watchCertificate(
  files: CertificateFiles,
  renew: (certificate: Certificate) => void,
  report: (error: unknown) => void,
): () => void {
  const look = () => {
    try {
      renew(readCertificate(files))
    } catch (error) {
      report(error)
    }
  }
  const names = [files.certFile, files.keyFile]
  for (const name of names) watchFile(name, { interval: lookEveryMs, persistent: false }, look)
  return () => {
    for (const name of names) unwatchFile(name, look)
  }
}
