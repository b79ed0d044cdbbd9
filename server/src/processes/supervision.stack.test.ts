import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"

const here = fileURLToPath(new URL(".", import.meta.url))
const root = fileURLToPath(new URL("../../..", import.meta.url))

/** A small product: a supervisor, a control that does nothing, and a gateway that answers with its process id, slowly if asked. */
const program = `
import { createServer } from "node:http"
import { systemClock } from "../platform/clock.ts"
import { runProcess } from "./run-process.ts"
import { Supervisor } from "./supervisor.ts"

const [command] = process.argv.slice(2)

async function startSupervisor(signal) {
  const supervisor = new Supervisor({
    entry: process.argv[1],
    gatewayProcesses: Number(process.env.GATEWAYS),
    stopGraceMs: 3000,
    environment: { control: {}, gateway: {} },
    portVariables: { gateway: "PORT" },
    clock: systemClock,
    say: (line) => console.log(line),
    onControlReady: () => console.log("control is ready"),
  })
  process.once("exit", () => supervisor.kill())
  signal.addEventListener("abort", () => void supervisor.stop())
  if (!(await supervisor.start())) throw new Error("not started")
  console.log("ready " + JSON.stringify(supervisor.children.map((child) => child.pid)))
  return { samples: () => null, stop: () => supervisor.stop() }
}

async function startChild(announce) {
  const server = createServer((request, response) => {
    const slow = request.url === "/slow"
    if (slow) response.write("begun ")
    setTimeout(() => response.end(String(process.pid)), slow ? 700 : 0)
  })
  const port = command === "gateway" ? Number(process.env.PORT) : 0
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve))
  announce({ type: "ready", addresses: { [command]: "http://127.0.0.1:" + server.address().port }, made: null })
  return {
    samples: () => process.pid,
    stop: () => new Promise((resolve) => {
      server.close(() => { console.log(command + " stopped"); resolve() })
      server.closeIdleConnections()
    }),
  }
}

const supervised = command !== "start"
runProcess({
  supervised,
  graceMs: 3000,
  announce: () => {},
  start: supervised ? startChild : (announce, signal) => startSupervisor(signal),
}).then((code) => process.exit(code))
`

let folder = ""
beforeAll(async () => {
  folder = mkdtempSync(join(root, "node_modules", ".sluice-supervision-"))
  await build({
    stdin: { contents: program, resolveDir: here, loader: "ts" },
    outfile: join(folder, "program.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    // Our own package is TypeScript, which Node does not read.
    alias: { "@sluice/protocol": join(root, "protocol") },
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Product {
  readonly process: ChildProcess
  readonly url: string
  readonly output: () => string
  readonly exited: Promise<number | null>
  /** Control first, then the gateways. */
  readonly pids: () => number[]
}

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL")
    } catch {
      // Nobody is left of its group: what a test wants.
    }
  }
})

const until = async (what: string, isTrue: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<number> => {
  const from = performance.now()
  while (!(await isTrue())) {
    if (performance.now() - from > timeoutMs) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return performance.now() - from
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0))
    })
  })

async function start(gateways: number): Promise<Product> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(folder, "program.mjs"), "start"], {
    env: { PATH: process.env.PATH, GATEWAYS: String(gateways), PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  })
  started.push(child)
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text
  })
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
  await until("the product to be ready", () => output.includes("ready ["))
  const pids = () => JSON.parse(/ready (\[.*\])/.exec(output)?.[1] ?? "[]") as number[]
  return { process: child, url: `http://127.0.0.1:${port}`, output: () => output, exited, pids }
}

/** Whether a process is there and has not ended: a zombie nobody has read yet counts as gone. */
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return false
  const text = readFileSync(path, "utf8")
  return text.slice(text.lastIndexOf(")") + 2)[0] !== "Z"
}

const ask = async (product: Product, path = "/"): Promise<string> => {
  const answer = await fetch(`${product.url}${path}`, { headers: { connection: "close" } })
  return answer.text()
}

const allGone = (product: Product) => until("everyone to be gone", () => !product.pids().some(isAlive))

describe.each([1, 2])("a supervisor of control and %d gateway(s)", (gateways) => {
  it("stops on SIGTERM with code 0: gateways first, requests under way finished, nobody left", async () => {
    const product = await start(gateways)
    const answer = ask(product, "/slow")
    await until("the request to have begun", () => new Promise((resolve) => setTimeout(resolve, 150, true)))
    product.process.kill("SIGTERM")
    expect(await answer).toMatch(/^begun \d+$/)
    expect(await product.exited).toBe(0)
    expect(product.output()).toMatch(/gateway stopped[\s\S]*control stopped/)
    await allGone(product)
  })

  it("takes one Ctrl-C that arrives twice, and at everyone, as one", async () => {
    const product = await start(gateways)
    const answer = ask(product, "/slow")
    await until("the request to have begun", () => new Promise((resolve) => setTimeout(resolve, 150, true)))
    const group = -(product.process.pid ?? 0)
    process.kill(group, "SIGINT")
    process.kill(group, "SIGINT")
    expect(await answer).toMatch(/^begun \d+$/)
    expect(await product.exited).toBe(0)
    await allGone(product)
  })

  it("starts a killed control again within a second, and traffic does not notice", async () => {
    const product = await start(gateways)
    const [control = 0] = product.pids()
    const before = await ask(product)
    process.kill(control, "SIGKILL")
    expect(await until("control to be back", () => product.output().includes("control is back"))).toBeLessThan(1000)
    expect(Number(await ask(product))).toBeGreaterThan(0)
    if (gateways === 1) expect(await ask(product)).toBe(before)
    product.process.kill("SIGTERM")
    expect(await product.exited).toBe(0)
  })

  it("starts a killed gateway again at the same address", async () => {
    const product = await start(gateways)
    const victim = product.pids().at(-1) ?? 0
    process.kill(victim, "SIGKILL")
    await until("the gateway to be back", () => product.output().includes(`gateway-${gateways - 1} is back`))
    expect(Number(await ask(product))).not.toBe(victim)
    product.process.kill("SIGTERM")
    expect(await product.exited).toBe(0)
  })

  it("leaves nobody behind when it is killed, and lets requests under way finish", async () => {
    const product = await start(gateways)
    const answer = ask(product, "/slow")
    await until("the request to have begun", () => new Promise((resolve) => setTimeout(resolve, 150, true)))
    product.process.kill("SIGKILL")
    expect(await answer).toMatch(/^begun \d+$/)
    await allGone(product)
  })
})

describe("two gateways on one port", () => {
  it("leave no caller without an answer or an end when one of them is killed", async () => {
    const product = await start(2)
    let answered = 0
    let broken = 0
    let asking = true
    const callers = Array.from({ length: 8 }, async () => {
      while (asking) {
        const outcome = await fetch(product.url, {
          headers: { connection: "close" },
          signal: AbortSignal.timeout(5000),
        }).then(
          (answer) => answer.text(),
          (error: Error) => error.name,
        )
        expect(outcome).not.toBe("TimeoutError")
        if (/^\d+$/.test(outcome)) answered += 1
        else broken += 1
      }
    })
    await until("calls to flow", () => answered > 200)
    const victim = product.pids().at(-1) ?? 0
    process.kill(victim, "SIGKILL")
    await until("the gateway to be back", () => product.output().includes("gateway-1 is back"))
    const before = answered
    await until("calls to flow again", () => answered > before + 200)
    asking = false
    await Promise.all(callers)
    expect(broken).toBeLessThanOrEqual(8)
    product.process.kill("SIGTERM")
    expect(await product.exited).toBe(0)
  })
})

describe("a second signal", () => {
  it("ends everything at once when it comes more than a second after the first", async () => {
    const product = await start(1)
    const stuck = Promise.all([ask(product, "/slow"), ask(product, "/slow")]).catch(() => null)
    const pids = product.pids()
    process.kill(pids[1] ?? 0, "SIGSTOP")
    product.process.kill("SIGINT")
    await until("a second to pass", () => new Promise((resolve) => setTimeout(resolve, 1100, true)))
    product.process.kill("SIGINT")
    expect(await product.exited).toBe(1)
    await allGone(product)
    await stuck
  })
})
