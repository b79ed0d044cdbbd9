/**
 * Imported first by every command: says in one line what is missing instead of failing on syntax or on a built-in module.
 * Only what Node 14 understands may stand here and in the files that are imported beside it.
 */

/** The oldest Node that runs Sluice; the same as `engines` in package.json. */
export const oldestNode = [20, 19]

/** Whether a version such as `v20.19.1` is at least `oldest`. */
export function isNodeAtLeast(version, oldest) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

if (!isNodeAtLeast(process.version, oldestNode)) {
  console.error(
    `Sluice needs Node ${oldestNode.join(".")} or newer; this is ${process.version} (${process.execPath}). ` +
      "Install a current Node from https://nodejs.org and run the command again.",
  )
  process.exit(1)
}
