import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

const longest = 400
const binary = /\.(png|ico|woff2?|gz|jpe?g|webp)$/

/** What is in the repository or about to be: the files git knows, and new ones it does not ignore. */
function listTexts(root) {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  })
  const isText = (path) =>
    existsSync(join(root, path)) && !binary.test(path) && statSync(join(root, path)).size < 2_000_000
  return listed.split("\0").filter((path) => path !== "" && isText(path))
}

/** Source files of at most 400 lines: past it a file is two files. */
export async function checkFileLengths(root) {
  const problems = listTexts(root)
    .filter((path) => /\.(ts|tsx|mjs|cjs|css)$/.test(path))
    .map((path) => [path, readFileSync(join(root, path), "utf8").split("\n").length - 1])
    .filter(([, lines]) => lines > longest)
    .map(([path, lines]) => `${path}: ${lines} lines, at most ${longest}`)
  return { problems }
}

/**
 * Shapes that only a real secret has. What tests and documents show is recognised by its text: an example says so, or repeats
 * itself.
 */
export const secretShapes = [
  ["a private key", /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\r\n]{200,}/],
  ["an OpenAI key", /\bsk-(?:proj-)?[A-Za-z0-9_-]{40,}/],
  ["an Anthropic key", /\bsk-ant-[A-Za-z0-9_-]{40,}/],
  ["a Google key", /\bAIza[0-9A-Za-z_-]{35}\b/],
  ["a Groq key", /\bgsk_[A-Za-z0-9]{40,}/],
  ["an AWS key", /\bAKIA[0-9A-Z]{16}\b/],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36,}/],
]

/** How many different characters a text is made of, as a share of its length: a real secret's is high. */
const variety = (text) => new Set(text).size / Math.min(text.length, 40)

/** The secrets that a text seems to hold, by kind; never the secret itself. */
export function findSecrets(text) {
  return secretShapes.flatMap(([kind, shape]) => {
    const found = shape.exec(text)?.[0]
    if (!found || /example|simulat|test|fake|dummy|sample|not-?real/i.test(found) || variety(found) < 0.4) return []
    return [kind]
  })
}

/** No secret in the repository, not even in a fixture. */
export async function checkSecrets(root) {
  const problems = listTexts(root)
    .filter((path) => path !== "package-lock.json")
    .flatMap((path) => findSecrets(readFileSync(join(root, path), "utf8")).map((kind) => `${path}: looks like ${kind}`))
  return { problems }
}
