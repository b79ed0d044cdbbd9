import { posix } from "node:path"

/**
 * What npm must install for some packages, out of a whole repository's lockfile: the same versions, with the same checksums, and
 * nothing that only development needs. Gives the `packages` of a lockfile whose root is the new package.
 * @param packages the `packages` of the repository's lockfile
 * @param owner the workspace whose dependencies they are
 * @throws Error when the lockfile does not say what a package is
 */
export function lockForPackage(packages, owner, dependencies) {
  const found = {}
  const waiting = Object.keys(dependencies).map((name) => ({ name, from: owner, optional: false }))
  while (waiting.length > 0) {
    const { name, from, optional } = waiting.pop()
    const path = resolve(packages, from, name)
    if (path === null) {
      if (optional) continue
      throw new Error(`the lockfile does not say which ${name} is meant for ${from || "the root"}`)
    }
    const target = path.startsWith(`${owner}/`) ? path.slice(owner.length + 1) : path
    if (found[target]) continue
    const {
      version,
      integrity,
      resolved,
      dependencies: needs = {},
      optionalDependencies = {},
      ...rest
    } = packages[path]
    found[target] = kept({ version, resolved, integrity, needs, optionalDependencies, rest })
    for (const next of Object.keys(needs)) waiting.push({ name: next, from: path, optional: false })
    for (const next of Object.keys(optionalDependencies)) waiting.push({ name: next, from: path, optional: true })
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function kept({ version, resolved, integrity, needs, optionalDependencies, rest }) {
  const { license, engines, bin, os, cpu, libc, optional, peerDependencies, peerDependenciesMeta } = rest
  const entry = { version, resolved, integrity, license, dependencies: needs, optionalDependencies, bin, engines }
  const all = { ...entry, os, cpu, libc, optional, peerDependencies, peerDependenciesMeta }
  const isEmpty = (value) => typeof value === "object" && value !== null && Object.keys(value).length === 0
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && !isEmpty(value)))
}

/** As Node looks for it: beside the asker, then in every folder above. */
function resolve(packages, from, name) {
  for (let folder = from; ; folder = parentOf(folder)) {
    const path = posix.join(folder, "node_modules", name)
    if (packages[path]) return path
    if (folder === "") return null
  }
}

function parentOf(folder) {
  const at = folder.lastIndexOf("node_modules/")
  if (at > 0) return folder.slice(0, at - 1)
  return ""
}
