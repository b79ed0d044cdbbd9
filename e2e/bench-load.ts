import { type ChildProcess, execFile, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { bootstrapKey, type Installation } from "./installation.ts"

const bench = (path: string) => fileURLToPath(new URL(`../bench/${path}`, import.meta.url))

/** Percentiles of a figure, in milliseconds; null when there is none. */
export interface Figures {
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** What became of streams: see `bench/load/streams.mjs`. */
export interface StreamFigures {
  readonly streams: number
  /** Streams whose every event came, in its place, byte for byte. */
  readonly whole: number
  /** How many were open at once. */
  readonly mostOpen: number
  readonly frames: number
  readonly lost: number
  readonly wrong: number
  /** Frames that took longer than `lateAfterMs`. */
  readonly late: number
  readonly delayMs: Figures
  readonly firstFrameMs: Figures
  readonly errors: number
  readonly reasons: Readonly<Record<string, number>>
}

/** The benchmark's upstream, as a process of its own. */
export async function startBenchUpstream(): Promise<{ readonly url: string; stop(): void }> {
  const child: ChildProcess = spawn(process.execPath, [bench("upstream.mjs")], { stdio: ["ignore", "pipe", "inherit"] })
  const port = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the upstream ended with ${code}`)))
    child.stdout?.on("data", (text: Buffer) => {
      const found = /listening (\d+)/.exec(text.toString())?.[1]
      if (found) resolve(found)
    })
  })
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill("SIGKILL") }
}

/** Runs the benchmark's load generator, in a process of its own, against an installation's gateway. */
export async function runBenchLoad<Result>(
  installation: Installation,
  job: Readonly<Record<string, unknown>>,
): Promise<Result> {
  const { hostname, port } = new URL(installation.gatewayUrl)
  const full = {
    host: hostname,
    port: Number(port),
    path: "/v1/chat/completions",
    headers: { authorization: `Bearer ${bootstrapKey}` },
    ...job,
  }
  const args = [bench("load/main.mjs"), JSON.stringify(full)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 16_000_000, timeout: 240_000 })
  return JSON.parse(stdout) as Result
}
