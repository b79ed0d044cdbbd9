import { Agent, request } from "node:http"
import { bootstrapKey } from "./installation.ts"

/** What became of the requests of a load. */
export interface LoadResult {
  /** Requests whose answer arrived whole with status 200. */
  readonly succeeded: number
  /** Told to go elsewhere by a gateway that is stopping (503 `shutting_down`), or refused a connection. */
  readonly turnedAway: number
  /** Everything else: the number that has to be zero. */
  readonly failed: number
  /** What the failures said, each once. */
  readonly failures: readonly string[]
}

export interface Load {
  readonly sent: number
  /** Stops sending and waits for what is on its way. */
  stop(): Promise<LoadResult>
}

interface Tally {
  sent: number
  succeeded: number
  turnedAway: number
  failed: number
  readonly failures: Set<string>
}

/**
 * Keeps `connections` callers busy, each sending its next request when the last is answered.
 * @param simulate what the simulator is asked to do (`x-simulate`)
 */
export function startLoad(gatewayUrl: string, connections: number, simulate = "ttft-ms=5"): Load {
  const tally: Tally = { sent: 0, succeeded: 0, turnedAway: 0, failed: 0, failures: new Set() }
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let stopped = false
  const caller = async (): Promise<void> => {
    while (!stopped) {
      tally.sent += 1
      await send(gatewayUrl, agent, simulate, tally)
    }
  }
  const callers = Array.from({ length: connections }, caller)
  return {
    get sent() {
      return tally.sent
    },
    stop: async () => {
      stopped = true
      await Promise.all(callers)
      agent.destroy()
      return { ...tally, failures: [...tally.failures] }
    },
  }
}

const body = JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Say hello." }] })

function send(gatewayUrl: string, agent: Agent, simulate: string, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const fail = (reason: string): void => {
      tally.failed += 1
      tally.failures.add(reason)
      resolve()
    }
    const call = request(`${gatewayUrl}/v1/chat/completions`, {
      agent,
      method: "POST",
      headers: {
        authorization: `Bearer ${bootstrapKey}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "x-simulate": simulate,
        "x-sluice-feature": "load",
      },
    })
    call.on("response", (answer) => {
      answer.resume()
      answer.on("end", () => {
        if (answer.statusCode === 200 && answer.complete) tally.succeeded += 1
        else if (answer.headers["x-sluice-error"] === "shutting_down") tally.turnedAway += 1
        else return fail(`status ${answer.statusCode} ${answer.headers["x-sluice-error"] ?? ""}`)
        resolve()
      })
      answer.on("error", (error) => fail(`answer: ${error.message}`))
    })
    call.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNREFUSED") return fail(`request: ${error.code ?? error.message}`)
      tally.turnedAway += 1
      // Nobody listens: not worth a busy loop.
      setTimeout(resolve, 5)
    })
    call.end(body)
  })
}
