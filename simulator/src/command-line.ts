import { parseArgs } from "node:util"
import { faultNames } from "./control.ts"
import { type Distribution, parseDistribution } from "./distribution.ts"
import type { Encoding } from "./encoding.ts"
import { encodings } from "./encoding.ts"

/** What `sluice simulate` was asked. `scheduleFile` is a path that has not been read. */
export interface CommandLine {
  readonly port: number
  readonly host: string
  readonly seed: string
  readonly tokens: Distribution
  readonly ttftMs: Distribution
  readonly interTokenMs: Distribution
  readonly compress: Encoding | null
  readonly scheduleFile: string | null
}

/** Where the simulator listens when nobody says otherwise. */
export const defaultPort = 8490

/**
 * Reads the arguments after the command's name; null when help was asked for.
 * @throws RangeError or TypeError with a sentence for people
 */
export function parseCommandLine(args: readonly string[]): CommandLine | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: String(defaultPort) },
      host: { type: "string", default: "127.0.0.1" },
      seed: { type: "string", default: "sluice" },
      latency: { type: "string", default: "0" },
      "inter-token": { type: "string", default: "0" },
      tokens: { type: "string", default: "80..400" },
      compress: { type: "string" },
      schedule: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  })
  if (values.help) return null
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new RangeError(`--port is a number from 0 (any free port) to 65535, not "${values.port}"`)
  }
  const compress = encodings.find((encoding) => encoding === values.compress)
  if (values.compress !== undefined && compress === undefined) {
    throw new RangeError(`--compress is one of ${encodings.join(", ")}, not "${values.compress}"`)
  }
  return {
    port,
    host: values.host,
    seed: values.seed,
    tokens: readDistribution("--tokens", values.tokens),
    ttftMs: readDistribution("--latency", values.latency),
    interTokenMs: readDistribution("--inter-token", values["inter-token"]),
    compress: compress ?? null,
    scheduleFile: values.schedule ?? null,
  }
}

function readDistribution(option: string, text: string): Distribution {
  try {
    return parseDistribution(text)
  } catch (error) {
    throw new RangeError(`${option}: ${error instanceof Error ? error.message : text}`)
  }
}

const faults = Object.entries(faultNames)
  .map(([name, meaning]) => `  ${name.padEnd(20)}${meaning}`)
  .join("\n")

/** What `--help` prints. */
export const help = `Usage: sluice simulate [options]

A provider that answers like OpenAI, Groq, Anthropic and Gemini, costs nothing, and fails when asked to.
The same seed and the same request give the same answer, byte for byte.

  --port N           port to listen on (${defaultPort}; 0 takes a free one)
  --host ADDRESS     address to listen on (127.0.0.1: this machine only)
  --seed TEXT        another seed, other answers (sluice)
  --tokens D         output tokens of an answer (80..400)
  --latency D        milliseconds to the first token (0)
  --inter-token D    milliseconds between tokens (0)
  --compress CODING  gzip, deflate or br, for clients that accept it
  --schedule FILE    faults by the clock: a JSON array of
                     {"fromMs": 60000, "toMs": 90000, "fault": "429", "share": 0.5}
  -h, --help         this text

D is a number (always 40: "40") or a median and a 95th percentile (log-normal: "120..600").

Try it:
  curl http://127.0.0.1:${defaultPort}/v1/chat/completions -H "authorization: Bearer any-key" \\
    -H "content-type: application/json" -d '{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}'

One request's fault or shape stands in its header x-simulate, a list of name=value:
  -H "x-simulate: fault=429,retry-after=2"      -H "x-simulate: tokens=200,ttft-ms=300,inter-token-ms=20"

Faults: a status from 400 to 599, or
${faults}

Everybody's fault: curl -X POST http://127.0.0.1:${defaultPort}/simulator/faults -d '{"fault":"503","share":0.5}'
`
