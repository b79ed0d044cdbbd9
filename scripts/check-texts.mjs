import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

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

/** What follows is prose: code shows links and headings without being any. The lines stay, so that counting goes on. */
const withoutFences = (text) => text.replace(/^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2[^\n]*$/gm, "")

/** The anchors of a Markdown text's headings, as GitHub makes them. */
export function anchorsOf(text) {
  const seen = new Map()
  return [...withoutFences(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading]) => {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
    const slug = words.replace(/[^\p{L}\p{N}\p{M} _-]/gu, "").replaceAll(" ", "-")
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
}

/**
 * What a Markdown text points at in this repository: the targets of its links, and names of files in code marks
 * (`docs/rules.md`), which are given from the root, from the text's own folder, or from `server/src`.
 */
export function pointersOf(text) {
  const prose = withoutFences(text)
  const links = [...prose.replace(/`[^`\n]*`/g, "").matchAll(/\]\(<?([^\s)>]+)>?(?: "[^"]*")?\)/g)]
  const files = [...prose.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:md|tsx?|mjs|cjs|ya?ml|service))`/g)]
  return {
    links: links.map(([, target]) => target).filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target)),
    files: files.map(([, path]) => path),
  }
}

/** Every link of a document to a place in this repository leads there, its anchor too; every file that one names exists. */
export async function checkLinks(root) {
  const anchors = new Map()
  const hasAnchor = (path, anchor) => {
    if (!anchors.has(path)) anchors.set(path, new Set(anchorsOf(readFileSync(join(root, path), "utf8"))))
    return anchors.get(path).has(anchor)
  }
  const complaintOf = (document, target) => {
    const [path, anchor] = target.split("#", 2).map(decodeURIComponent)
    const place = path === "" ? document : path.startsWith("/") ? path.slice(1) : join(dirname(document), path)
    if (!existsSync(join(root, place))) return `${document}: ${target} leads nowhere`
    const leads = anchor === undefined || !place.endsWith(".md") || hasAnchor(place, anchor)
    return leads ? null : `${document}: ${target}: ${place} has no heading of that name`
  }
  const problems = listTexts(root)
    .filter((path) => path.endsWith(".md"))
    .flatMap((document) => {
      const { links, files } = pointersOf(readFileSync(join(root, document), "utf8"))
      const lost = files.filter((file) =>
        [file, join(dirname(document), file), join("server/src", file)].every((path) => !existsSync(join(root, path))),
      )
      return [...links.map((target) => complaintOf(document, target)), ...lost.map((file) => `${document}: no ${file}`)]
    })
    .filter((problem) => problem !== null)
  return { problems }
}
