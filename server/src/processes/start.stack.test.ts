import { type ChildProcess, execFile, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterEach, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const entry = join(root, "server/dist/main.js")
const run = promisify(execFile)
const key = `slk_${"s".repeat(30)}`

beforeAll(() => run(process.execPath, ["scripts/build.mjs", "server", "template", "simulator"], { cwd: root }), 120_000)

interface Started {
  readonly process: ChildProcess
  readonly output: () => string
  readonly exited: Promise<number | null>
}

const folders: string[] = []
const groups: number[] = []
const servers: Server[] = []
afterEach(async () => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, "SIGKILL")
    } catch {
      // Nobody is left of it: what a test wants.
    }
  }
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-start-"))
  folders.push(folder)
  return folder
}

const environmentOf = (folder: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: folder,
  SLUICE_DATA_DIR: join(folder, "data"),
  SLUICE_GATEWAY_PORT: "0",
  SLUICE_API_PORT: "0",
  SLUICE_METRICS_PORT: "0",
  SLUICE_BOOTSTRAP_KEY: key,
  SLUICE_LOG_LEVEL: "error",
  SLUICE_STOP_GRACE_MS: "3000",
  ...more,
})

function launch(command: string, args: readonly string[], environment: Record<string, string>, cwd: string): Started {
  const child = spawn(command, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true })
  groups.push(child.pid ?? 0)
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  }
  return { process: child, output: () => output, exited: new Promise((resolve) => child.once("exit", resolve)) }
}

/** Runs a command of the product to its end. */
async function runToEnd(args: readonly string[], environment: Record<string, string>) {
  const started = launch(process.execPath, [entry, ...args], environment, root)
  return { code: await started.exited, output: started.output() }
}

async function start(environment: Record<string, string>): Promise<Started> {
  const started = launch(process.execPath, [entry, "start"], environment, root)
  await isReady(started)
  return started
}

const isReady = (started: Started) =>
  until(`it to be ready`, () => started.output().includes("is ready"), started.output)

async function until(what: string, isTrue: () => boolean | Promise<boolean>, tell = () => ""): Promise<number> {
  const from = performance.now()
  while (!(await isTrue())) {
    if (performance.now() - from > 30_000) throw new Error(`waited in vain for ${what}: ${tell()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return performance.now() - from
}

const freePort = async (): Promise<string> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return String(typeof address === "object" ? address?.port : 0)
}

const addressOf = (started: Started, title: string): string =>
  new RegExp(`^ *${title} +(https?://\\S+)`, "m").exec(started.output())?.[1] ?? ""

/** Children of a process by their command line; those that ended and were not read yet do not count. */
function childrenOf(pid: number): { readonly pid: number; readonly command: string }[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number)
  return listed.map((child) => ({ pid: child, command: readFileSync(`/proc/${child}/cmdline`, "utf8") }))
}

const childOf = (started: Started, word: string): number =>
  childrenOf(started.process.pid ?? 0).find(({ command }) => command.split("\0").includes(word))?.pid ?? 0

function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  return text.slice(text.lastIndexOf(")") + 2)[0] !== "Z"
}

const statusOf = (url: string, headers: Record<string, string> = {}): Promise<number> =>
  fetch(url, { headers }).then(
    async (answer) => {
      await answer.text()
      return answer.status
    },
    () => 0,
  )

describe("sluice start", () => {
  it("serves gateway, API and metrics, and stops with code 0", async () => {
    const started = await start(environmentOf(newFolder()))
    expect(await statusOf(`${addressOf(started, "Gateway")}/readyz`)).toBe(200)
    expect(await statusOf(`${addressOf(started, "API")}/me`, { authorization: `Bearer ${key}` })).toBe(200)
    const metrics = await (await fetch(addressOf(started, "Metrics"))).text()
    expect(metrics).toContain('sluice_process_up{process="gateway-0"} 1')
    expect(metrics).toContain("sluice_gateway_requests_in_flight 0")
    const me = await fetch(`${addressOf(started, "API")}/me`, { headers: { authorization: `Bearer ${key}` } })
    expect(((await me.json()) as { gateway_url: string }).gateway_url).toBe(addressOf(started, "Gateway"))
    started.process.kill("SIGTERM")
    expect(await started.exited).toBe(0)
  })

  it("does not write what a first start made anywhere but on a terminal", async () => {
    const { SLUICE_BOOTSTRAP_KEY: _, ...environment } = environmentOf(newFolder())
    const started = await start(environment)
    expect(started.output()).toContain("sluice owner-link")
    expect(started.output()).not.toMatch(/slk_|slo_|token=/)
    started.process.kill("SIGINT")
    expect(await started.exited).toBe(0)
  })

  it("names the owner of a port that is taken, and the variable that changes it", async () => {
    const server = createServer()
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = String(typeof address === "object" ? address?.port : 0)
    const { code, output } = await runToEnd(["start"], environmentOf(newFolder(), { SLUICE_API_PORT: port }))
    expect(code).toBe(1)
    expect(output.trim().split("\n")).toHaveLength(1)
    expect(output).toContain(`Port ${port} on 127.0.0.1 is taken by process ${process.pid}`)
    expect(output).toContain("SLUICE_API_PORT")
  })

  it("refuses a data folder that another installation uses, in one line that names it", async () => {
    const folder = newFolder()
    const first = await start(environmentOf(folder))
    const { code, output } = await runToEnd(["start"], environmentOf(folder))
    expect(code).toBe(1)
    expect(output.trim().split("\n")).toHaveLength(1)
    expect(output).toContain(`is in use by process ${first.process.pid}`)
    expect(await statusOf(`${addressOf(first, "Gateway")}/readyz`)).toBe(200)
    first.process.kill("SIGTERM")
    expect(await first.exited).toBe(0)
  })

  it("stops with code 0 while it still waits for its database", async () => {
    const waiting = { DATABASE_URL: "postgres://nobody:hidden-password@127.0.0.1:1/nothing" }
    const started = launch(process.execPath, [entry, "start"], environmentOf(newFolder(), waiting), root)
    await until("control to wait", () => started.output().includes("control waits"), started.output)
    started.process.kill("SIGTERM")
    expect(await started.exited).toBe(0)
    expect(started.output()).not.toContain("hidden-password")
  })

  it("lists every mistake of the configuration and starts nothing", async () => {
    const mistakes = { SLUICE_API_PORT: "many", SLUICE_LOGLEVEL: "info" }
    const { code, output } = await runToEnd(["start"], environmentOf(newFolder(), mistakes))
    expect(code).toBe(2)
    expect(output).toContain("The configuration has 2 mistakes:")
    expect(output).toContain("SLUICE_LOG_LEVEL")
  })

  it("says in lines for people what it cannot read or use", async () => {
    const file = join(newFolder(), "file")
    writeFileSync(file, "no certificate")
    const tls = { SLUICE_TLS_CERT_FILE: file, SLUICE_TLS_KEY_FILE: "/none/key.pem" }
    for (const [mistake, said] of [
      [{ SLUICE_DATA_DIR: file }, `The data folder ${file} cannot be used`],
      [tls, "SLUICE_TLS_KEY_FILE: /none/key.pem cannot be read (ENOENT)."],
      [{ ...tls, SLUICE_TLS_KEY_FILE: file }, "are not a certificate and its private key"],
    ] as const) {
      const { code, output } = await runToEnd(["start"], environmentOf(newFolder(), mistake))
      expect(code).toBe(1)
      expect(output).toContain(said)
      expect(output).not.toMatch(/^ +at /m)
    }
  })

  it("does not explain a command that there is none of", async () => {
    const { code, output } = await runToEnd(["help", "strat"], environmentOf(newFolder()))
    expect(code).toBe(2)
    expect(output).toContain('Did you mean "start"?')
  })

  it("goes on serving while a killed control comes back within a second", async () => {
    const started = await start(environmentOf(newFolder()))
    const gatewayUrl = addressOf(started, "Gateway")
    process.kill(childOf(started, "control"), "SIGKILL")
    let failed = 0
    const back = await until("a new control", async () => {
      if ((await statusOf(`${gatewayUrl}/readyz`)) !== 200) failed += 1
      return childOf(started, "control") > 0
    })
    expect(back).toBeLessThan(1000)
    await until("control to serve", () => started.output().includes("control is back"), started.output)
    expect(failed).toBe(0)
    expect(await statusOf(`${addressOf(started, "API")}/me`, { authorization: `Bearer ${key}` })).toBe(200)
    started.process.kill("SIGTERM")
    expect(await started.exited).toBe(0)
  })

  it("leaves nobody behind when it is killed, and starts again at once on the same data and ports", async () => {
    const [gatewayPort = "", apiPort = ""] = [await freePort(), await freePort()]
    const environment = environmentOf(newFolder(), { SLUICE_GATEWAY_PORT: gatewayPort, SLUICE_API_PORT: apiPort })
    const first = await start(environment)
    const children = childrenOf(first.process.pid ?? 0).map(({ pid }) => pid)
    expect(children).toHaveLength(2)
    first.process.kill("SIGKILL")
    await first.exited
    const second = await start(environment)
    await until("the old children to be gone", () => !children.some(isAlive))
    expect(await statusOf(`${addressOf(second, "API")}/me`, { authorization: `Bearer ${key}` })).toBe(200)
    second.process.kill("SIGTERM")
    expect(await second.exited).toBe(0)
  })

  it("shares one port among several gateways and adds their metrics up", async () => {
    const started = await start(environmentOf(newFolder(), { SLUICE_GATEWAY_PROCESSES: "2" }))
    expect(childrenOf(started.process.pid ?? 0)).toHaveLength(3)
    const metrics = await (await fetch(addressOf(started, "Metrics"))).text()
    expect(metrics).toContain('sluice_process_up{process="gateway-1"} 1')
    expect(await statusOf(`${addressOf(started, "Gateway")}/readyz`)).toBe(200)
    started.process.kill("SIGTERM")
    expect(await started.exited).toBe(0)
  })
})

describe("npm start", () => {
  it.each([
    ["Ctrl-C in its terminal", "SIGINT", true],
    ["a SIGTERM to npm", "SIGTERM", false],
  ] as const)("ends with code 0 on %s, and leaves nobody behind", async (_name, signal, toGroup) => {
    const started = launch("npm", ["start", "--silent"], environmentOf(newFolder()), root)
    await isReady(started)
    const pid = started.process.pid ?? 0
    const everyone = descendantsOf(pid)
    expect(everyone.length).toBeGreaterThanOrEqual(3)
    process.kill(toGroup ? -pid : pid, signal)
    expect(await started.exited).toBe(0)
    await until("everyone to be gone", () => !everyone.some(isAlive))
  })
})

const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap(({ pid: child }) => [child, ...descendantsOf(child)])

describe("sluice owner-link", () => {
  it("refuses a folder that holds no installation, and makes nothing there", async () => {
    const environment = environmentOf(join(newFolder(), "mistyped"))
    const folder = environment.SLUICE_DATA_DIR ?? ""
    const ended = await runToEnd(["owner-link"], environment)
    expect(ended.code).not.toBe(0)
    expect(ended.output).toContain(`There is no installation in ${folder}`)
    expect(existsSync(folder)).toBe(false)
  })

  it("gives a link that signs in, while the installation runs and while it does not", async () => {
    const environment = environmentOf(newFolder())
    const started = await start(environment)
    const running = await runToEnd(["owner-link"], environment)
    expect(running.code).toBe(0)
    const link = /^http\S+/m.exec(running.output)?.[0] ?? ""
    expect(link.startsWith(addressOf(started, "Dashboard"))).toBe(true)
    const signedIn = await fetch(link, { redirect: "manual" })
    expect(signedIn.status).toBe(303)
    expect(signedIn.headers.get("set-cookie")).toContain("sluice_session=")
    started.process.kill("SIGTERM")
    expect(await started.exited).toBe(0)
    const stopped = await runToEnd(["owner-link"], environment)
    expect(stopped.code).toBe(0)
    expect(stopped.output).toMatch(/\/sign-in\?token=slo_/)
  })
})

describe("sluice gateway", () => {
  it("starts from its last snapshot when control is away, and says so", async () => {
    const environment = environmentOf(newFolder())
    const started = await start(environment)
    started.process.kill("SIGTERM")
    expect(await started.exited).toBe(0)
    const alone = launch(process.execPath, [entry, "gateway"], environment, root)
    await until("the gateway to serve", () => alone.output().includes("serves on"), alone.output)
    const url = /http:\/\/\S+/.exec(alone.output())?.[0] ?? ""
    const ready = (await (await fetch(`${url}/readyz`)).json()) as { snapshot: { source: string } }
    expect(ready.snapshot.source).toBe("disk")
    alone.process.kill("SIGINT")
    expect(await alone.exited).toBe(0)
  })
})

describe("sluice control", () => {
  it("stays up without its database, answers 503 and says what it waits for", async () => {
    const environment = environmentOf(newFolder(), {
      DATABASE_URL: "postgres://nobody:hidden-password@127.0.0.1:1/nothing",
    })
    const started = launch(process.execPath, [entry, "control"], environment, root)
    await until("it to wait", () => started.output().includes("the database cannot be reached"), started.output)
    const url = readFileSync(join(environment.SLUICE_DATA_DIR ?? "", "api.url"), "utf8").trim()
    expect(await statusOf(`${url}/healthz`)).toBe(200)
    expect(await statusOf(`${url}/readyz`)).toBe(503)
    const answer = await fetch(`${url}/api/v1/me`)
    expect(answer.status).toBe(503)
    expect(((await answer.json()) as { error: { code: string } }).error.code).toBe("store_unavailable")
    started.process.kill("SIGTERM")
    expect(await started.exited).toBe(0)
    expect(started.output()).not.toContain("hidden-password")
  })
})
