import { createServer } from "node:net"
import { findPortOwner } from "./port-owner.ts"

/** A port that will be listened on, and the variable that changes it. */
export interface WantedPort {
  readonly host: string
  readonly port: number
  readonly variable: string
}

/** One readable line for each port that cannot be had; none when all are free. Port 0 is always free. */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<string[]> {
  const lines: string[] = []
  for (const one of wanted) {
    const code = await tryToListen(one)
    if (code !== null) lines.push(describe(one, code))
  }
  return lines
}

/** The system's code of why the address cannot be listened on; null when it can. */
function tryToListen({ host, port }: WantedPort): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

function describe({ host, port, variable }: WantedPort, code: string): string {
  if (code === "EACCES") return `Port ${port} needs more rights than this user has. Choose another with ${variable}.`
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return `${host} is not an address of this machine. Change it with SLUICE_HOST.`
  }
  if (code !== "EADDRINUSE") return `Port ${port} on ${host} cannot be used (${code}). Choose another with ${variable}.`
  const owner = findPortOwner(port)
  const who = owner ? `process ${owner.pid} (${owner.command})` : "another process"
  return `Port ${port} on ${host} is taken by ${who}. Stop it, or choose another port with ${variable}.`
}
