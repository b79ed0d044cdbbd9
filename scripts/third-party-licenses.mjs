import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { lockForPackage } from "./lock-for-package.mjs"

/** What only builds the dashboard and leaves nothing of itself in it. */
const isTool = (name) => /^@types\/|^@sluice\/|^vite$|^@vitejs\/|^@tailwindcss\/vite$/.test(name)

/**
 * The licences of the packages whose code is inside the built dashboard: they ask for their words to go with it. What is
 * installed as a dependency brings its own.
 * @throws Error for a package without a licence
 */
export function collectLicenses(root) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
  const dashboard = JSON.parse(readFileSync(join(root, "dashboard/package.json"), "utf8"))
  const bundled = Object.entries({ ...dashboard.dependencies, ...dashboard.devDependencies }).filter(
    ([name]) => !isTool(name),
  )
  const packages = lockForPackage(lock.packages, "dashboard", Object.fromEntries(bundled))
  const parts = Object.entries(packages).flatMap(([path, { version, license }]) => {
    const folder = [join(root, path), join(root, "dashboard", path)].find((found) => existsSync(found))
    if (!folder) return []
    const name = path.replace(/^.*node_modules\//, "")
    if (name.startsWith("@types/")) return []
    if (!license) throw new Error(`${name} does not say what its licence is`)
    return [`${name} ${version} (${license})\n\n${readLicense(folder)}`]
  })
  return `The dashboard contains code of these packages.\n\n${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`
}

function readLicense(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name))
  return file ? readFileSync(join(folder, file), "utf8").trim() : "Its package holds no text of the licence."
}
