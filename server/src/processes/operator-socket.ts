import { chmodSync, rmSync } from "node:fs"
import { createServer, request, type Server } from "node:http"
import { join } from "node:path"
import type { Config } from "../config.ts"
import { deriveKey, isSameSecret } from "../platform/crypto.ts"
import { controlSocketPath, prepareSocketFolder } from "./control-address.ts"

/**
 * How a command on this machine asks the running control process for something that only whoever runs the installation may have.
 * The socket is open to this user alone, and the caller must prove that it can read the master key.
 */
export interface OperatorSocket {
  close(): Promise<void>
}

const path = "/owner-link"
const longestWaitMs = 10_000

/** A long data folder moves both sockets alike. */
const socketPath = (config: Config): string => join(controlSocketPath(config.dataDir), "..", "operator.sock")

const tokenOf = (masterKey: Buffer): string => deriveKey(masterKey, "operator").toString("base64url")

/** Answers `POST /owner-link` with a link that `issue` makes. A socket left behind by a dead process is replaced. */
export async function openOperatorSocket(
  config: Config,
  masterKey: Buffer,
  issue: () => Promise<string>,
): Promise<OperatorSocket> {
  const wanted = `Bearer ${tokenOf(masterKey)}`
  const server = createServer((incoming, response) => {
    incoming.resume()
    if (!isSameSecret(incoming.headers.authorization ?? "", wanted)) {
      response.writeHead(401).end()
      return
    }
    if (incoming.method !== "POST" || incoming.url !== path) {
      response.writeHead(404).end()
      return
    }
    issue().then(
      (link) => response.end(link),
      () => response.writeHead(503).end(),
    )
  })
  const file = socketPath(config)
  prepareSocketFolder(file)
  rmSync(file, { force: true })
  await listen(server, file)
  chmodSync(file, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(file, () => resolve())
  })
}

/**
 * Asks the running control process for an owner link; null when none runs here.
 * @throws Error when it runs and refuses, or cannot
 */
export function askForOwnerLink(config: Config, masterKey: Buffer): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${tokenOf(masterKey)}` }
    const options = { socketPath: socketPath(config), path, method: "POST", headers, timeout: longestWaitMs }
    const outgoing = request(options, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (part: string) => {
        text += part
      })
      response.on("error", reject)
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`the running control process answered ${response.statusCode}`))
      })
    })
    outgoing.on("timeout", () => outgoing.destroy(new Error("the running control process does not answer")))
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(null)
      else reject(error)
    })
    outgoing.end()
  })
}
