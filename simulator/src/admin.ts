import type { ServerResponse } from "node:http"
import { readStandingFault, type StandingFault } from "./fault-plan.ts"

/** What `GET /simulator/stats` says. Counts are since the start or the last reset; faults of the requests' own headers included. */
export interface SimulatorStats {
  readonly received: number
  readonly answered: number
  /** Ended before the answer was sent whole. */
  readonly aborted: number
  readonly open: number
  /** Answers by status; `none` where a fault allowed none. */
  readonly by_status: Readonly<Record<string, number>>
  readonly by_fault: Readonly<Record<string, number>>
  readonly standing_fault: StandingFault | null
  readonly uptime_ms: number
}

/** What the admin routes may do. */
export interface Steerable {
  readonly stats: SimulatorStats
  setFault(fault: StandingFault | null): void
  reset(): void
}

/** True for paths that are the simulator's own and no provider's. */
export const isAdminPath = (path: string): boolean =>
  path === "/healthz" || path === "/" || path.startsWith("/simulator/")

/** Answers `GET /healthz`, `GET /simulator/stats`, `POST /simulator/faults` and `POST /simulator/reset`. */
export function answerAdmin(
  simulator: Steerable,
  method: string,
  path: string,
  body: Buffer,
  response: ServerResponse,
): void {
  const reply = (status: number, value: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" })
    response.end(`${JSON.stringify(value)}\n`)
  }
  const route = `${method} ${path.split("?")[0]}`
  if (route === "GET /healthz") reply(200, { ok: true })
  else if (route === "GET /simulator/stats") reply(200, simulator.stats)
  else if (route === "POST /simulator/reset") {
    simulator.reset()
    reply(200, { ok: true })
  } else if (route === "POST /simulator/faults") {
    try {
      simulator.setFault(readStandingFault(JSON.parse(body.toString("utf8"))))
      reply(200, { standing_fault: simulator.stats.standing_fault })
    } catch (error) {
      reply(400, { error: { message: error instanceof Error ? error.message : "the body cannot be read" } })
    }
  } else if (route === "GET /") reply(200, { name: "sluice simulator", routes })
  else reply(404, { error: { message: `there is no ${route}; the simulator's own routes are ${routes.join(", ")}` } })
}

const routes = ["GET /healthz", "GET /simulator/stats", "POST /simulator/faults", "POST /simulator/reset"]
