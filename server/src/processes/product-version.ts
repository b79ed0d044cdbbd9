import { readFileSync } from "node:fs"

/** This installation's version, from the package that holds the server: the same path from the sources and from the bundle's folder. */
export function readProductVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as Record<
        string,
        string
      >
      if (name === "@sluice/server" && version) return version
    } catch {
      // Not there from here: the next place is.
    }
  }
  return "unknown"
}
