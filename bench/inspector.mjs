import { waitFor } from "./processes.mjs"

/** Milliseconds until a question to another process counts as unanswered. */
const patienceMs = 30_000

/**
 * Speaks to the inspector of a Node process that printed `Debugger listening on ws://…` (started with `--inspect=127.0.0.1:0`).
 * Every question has a deadline, so that a process that stopped answering fails a run and does not hang it.
 */
export async function connectInspector(url) {
  const { WebSocket } = await import("undici")
  const socket = new WebSocket(url)
  const waiting = new Map()
  let last = 0
  const failAll = (reason) => {
    for (const { reject } of waiting.values()) reject(new Error(reason))
    waiting.clear()
  }
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(data)
    const question = waiting.get(id)
    waiting.delete(id)
    if (error) question?.reject(new Error(error.message))
    else question?.resolve(result)
  })
  socket.addEventListener("close", () => failAll("the process closed its inspector"))
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true })
    socket.addEventListener("error", () => reject(new Error(`${url} cannot be reached`)), { once: true })
  })
  return {
    ask(method, params = {}) {
      last += 1
      const id = last
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(id)
          reject(new Error(`the inspector did not answer ${method} within ${patienceMs} ms`))
        }, patienceMs)
        const settled = (settle) => (value) => {
          clearTimeout(timer)
          settle(value)
        }
        waiting.set(id, { resolve: settled(resolve), reject: settled(reject) })
        socket.send(JSON.stringify({ id, method, params }))
      })
    },
    close: () => socket.close(),
  }
}

/** The inspectors that processes announced in what they printed, once there are `count`. */
export function inspectorsIn(output, count) {
  return waitFor(`${count} inspectors listened`, () => {
    const found = [...output().matchAll(/Debugger listening on (ws:\/\/\S+)/g)].map(([, url]) => url)
    return found.length >= count ? found : null
  })
}
