import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative, sep } from "node:path"

const skipped = new Set(["node_modules", "dist", ".git", "coverage"])

/** Every file below the given files and folders, in a fixed order, without installed packages and built output. */
export function listFiles(root, paths) {
  const found = []
  const visit = (path) => {
    if (!existsSync(path)) return
    if (!statSync(path).isDirectory()) {
      found.push(path)
      return
    }
    for (const entry of readdirSync(path).sort()) {
      if (!skipped.has(entry)) visit(join(path, entry))
    }
  }
  for (const path of paths) visit(join(root, path))
  return found
}

/** Tests are not part of what is built, so changing one rebuilds nothing. */
const isSource = (path) => !/\.(test|bench|drill)\.tsx?$/.test(path)

/**
 * A hash over the names and contents of the sources below `paths`: equal exactly when a build would read the same bytes.
 * Contents and not times, because a checkout or a container layer sets times as it likes.
 */
export function fingerprint(root, paths, extra = "") {
  const hash = createHash("sha256").update(extra)
  for (const path of listFiles(root, paths).filter(isSource)) {
    const content = readFileSync(path)
    hash.update(`${relative(root, path).split(sep).join("/")}\0${content.length}\0`).update(content)
  }
  return hash.digest("hex")
}
