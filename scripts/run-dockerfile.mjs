import { spawnSync } from "node:child_process"
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { basename, join, posix } from "node:path"

/**
 * Does what a Dockerfile says without an engine: every stage is a folder, COPY copies between them, RUN runs with every absolute
 * path moved into the stage's folder. Base images are taken to bring nothing but the Node and npm of this machine. Good
 * enough to prove that the steps work and that what they make runs; not an image.
 * @returns how the last stage is run: its folder, working directory, environment, user, commands
 * @throws Error for an instruction it does not know, a command that is not in exec form, or a step that fails
 */
export function runDockerfile({ context, scratch, say }) {
  const stages = new Map()
  let stage = null
  for (const { name, words, text } of readInstructions(readFileSync(join(context, "Dockerfile"), "utf8"))) {
    say(`${name} ${text}`)
    if (name === "FROM") {
      const title = words[1]?.toUpperCase() === "AS" ? words[2] : `stage-${stages.size}`
      stage = openStage(join(scratch, title))
      stages.set(title, stage)
      continue
    }
    const step = steps[name]
    if (!step || !stage) throw new Error(`this does not know the instruction ${name}`)
    step(stage, { words, text, stages, context })
  }
  return stage
}

/** Instructions with comments taken out and continued lines joined. */
export function readInstructions(content) {
  return content
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name, text] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? []
      return { name: name.toUpperCase(), text, words: text.split(/\s+/) }
    })
}

function openStage(root) {
  mkdirSync(root, { recursive: true, mode: 0o755 })
  return { root, workdir: "/", environment: {}, user: "0:0", exposed: [], volumes: [], labels: {} }
}

const steps = {
  WORKDIR(stage, { text }) {
    stage.workdir = posix.resolve(stage.workdir, text)
    mkdirSync(join(stage.root, stage.workdir), { recursive: true })
  },
  COPY(stage, { words, stages, context }) {
    const flags = Object.fromEntries(
      words.filter((word) => word.startsWith("--")).map((word) => word.slice(2).split("=")),
    )
    const paths = words.filter((word) => !word.startsWith("--"))
    const target = paths.pop()
    const from = flags.from ? stages.get(flags.from)?.root : context
    if (!from) throw new Error(`COPY: there is no stage ${flags.from}`)
    const isWanted = flags.from ? () => true : readIgnored(context)
    for (const path of paths) copy({ from, path, to: posix.resolve(stage.workdir, target), target, stage, isWanted })
    if (flags.chown) own(join(stage.root, posix.resolve(stage.workdir, target)), flags.chown)
  },
  RUN(stage, { text }) {
    const command = moveIntoStage(text, stage.root)
    const { status } = spawnSync("sh", ["-ec", command], {
      cwd: join(stage.root, stage.workdir),
      stdio: ["ignore", "ignore", "inherit"],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environmentOf(stage) },
    })
    if (status !== 0) throw new Error(`RUN ended with ${status}: ${text}`)
  },
  ENV(stage, { words }) {
    Object.assign(stage.environment, Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2))))
  },
  LABEL(stage, { text }) {
    for (const [, name, value] of text.matchAll(/([\w.]+)="([^"]*)"/g)) stage.labels[name] = value
  },
  USER: (stage, { text }) => Object.assign(stage, { user: text }),
  VOLUME: (stage, { text }) => Object.assign(stage, { volumes: JSON.parse(text) }),
  EXPOSE: (stage, { words }) => Object.assign(stage, { exposed: words.map(Number) }),
  STOPSIGNAL: (stage, { text }) => Object.assign(stage, { stopSignal: text }),
  HEALTHCHECK: (stage, { text }) =>
    Object.assign(stage, { healthcheck: execForm(text.replace(/^(--\S+\s+)*CMD\s+/, "")) }),
  ENTRYPOINT: (stage, { text }) => Object.assign(stage, { entrypoint: execForm(text) }),
  CMD: (stage, { text }) => Object.assign(stage, { command: execForm(text) }),
}

/** A shell in between would take the signals that are meant for the product. */
function execForm(text) {
  if (!text.startsWith("[")) throw new Error(`not in exec form: ${text}`)
  return JSON.parse(text)
}

/** Nothing outside of the stage's folder may be touched. */
export const moveIntoStage = (text, root) => text.replaceAll(/(^|[\s="':])\/(?=[\w.])/g, `$1${root}/`)

/** The environment as the stage's processes find it, with paths where they are on this machine. */
export const environmentOf = ({ root, environment }) =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, moveIntoStage(value, root)]))

function copy({ from, path, to, target, stage, isWanted }) {
  const source = join(from, path)
  if (!existsSync(source)) throw new Error(`COPY: ${path} is not there`)
  const intoFolder = target.endsWith("/") || target === "."
  const isFile = statSync(source).isFile()
  const destination = join(stage.root, isFile && intoFolder ? posix.join(to, basename(path)) : to)
  if (isFile && !isWanted(path)) throw new Error(`COPY: ${path} is ignored by .dockerignore`)
  const filter = (found) => isWanted(found.slice(from.length + 1)) || holdsWanted(found)
  cpSync(source, destination, { recursive: true, filter, verbatimSymlinks: true })
}

/** A folder that is ignored itself may hold what is not; those that are large hold nothing. */
const holdsWanted = (path) => statSync(path).isDirectory() && !/\/(node_modules|dist|\.[^/]+)$/.test(path)

function own(path, chown) {
  if (process.getuid() !== 0) return
  const [uid, gid] = chown.split(":").map(Number)
  chownSync(path, uid, gid)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) own(join(path, name), chown)
}

/** Whether a path of the context is sent: the last line of .dockerignore that fits decides. */
function readIgnored(context) {
  const rules = readFileSync(join(context, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isKept: line.startsWith("!"), fits: toPattern(line.replace(/^!/, "")) }))
  return (path) => rules.findLast(({ fits }) => fits.test(path))?.isKept ?? true
}

function toPattern(line) {
  const text = line
    .replaceAll(/[.+^${}()|[\]]/g, "\\$&")
    .replaceAll("**/", "\u0000")
    .replaceAll("**", "\u0001")
    .replaceAll("*", "[^/]*")
    .replaceAll("\u0000", "(?:.*/)?")
    .replaceAll("\u0001", ".*")
  return new RegExp(`^${text}(?:/|$)`)
}
