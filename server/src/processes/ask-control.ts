import { request } from "node:http"
import type { Config } from "../config.ts"
import { controlSocketPath, type Keys } from "./control-address.ts"
import { Refusal } from "./refusal.ts"

/** What to ask. */
export interface ControlQuestion {
  readonly path: string
  readonly body?: object
  readonly timeoutMs: number
  /** What is not given when control answers with an error: `no link`. */
  readonly wanted: string
}

/**
 * Asks the control process of this machine over its socket and gives its answer; null when none listens.
 * @throws Refusal when it refuses or does not answer in time
 */
export function askControl(config: Config, { controlToken }: Keys, question: ControlQuestion): Promise<unknown> {
  const body = question.body ? JSON.stringify(question.body) : ""
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: controlSocketPath(config.dataDir),
      path: question.path,
      method: "POST",
      headers: { authorization: `Bearer ${controlToken}`, "content-length": Buffer.byteLength(body) },
      timeout: question.timeoutMs,
    })
    outgoing.on("response", (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part
      })
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Refusal(describeRefusal(question.wanted, response.statusCode, text)))
      })
    })
    outgoing.on("timeout", () => outgoing.destroy(new Refusal("The running control process does not answer.")))
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(null)
      else reject(error)
    })
    outgoing.end(body)
  })
}

/** A conflict is told in its own words; what else goes wrong is in the log of control. */
function describeRefusal(wanted: string, status: number | undefined, text: string): string {
  const told = status === 409 ? /"message":"([^"\\]+)"/.exec(text)?.[1] : undefined
  return `The running control process gives ${wanted} (${told ?? `${status}; its log says why`}).`
}
