import { readFileSync, unwatchFile, watchFile } from "node:fs"

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

/** @throws the file system's error, which names the file */
export const readCertificate = ({ certFile, keyFile }: CertificateFiles): Certificate => ({
  cert: readFileSync(certFile, "utf8"),
  key: readFileSync(keyFile, "utf8"),
})

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
