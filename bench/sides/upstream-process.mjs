import { fileURLToPath } from "node:url"
import { startProcess, waitFor } from "../processes.mjs"

const entry = fileURLToPath(new URL("../upstream.mjs", import.meta.url))

/** The upstream in a process of its own, on the cores of the load. */
export async function startUpstream({ cores }) {
  const started = startProcess(process.execPath, [entry], { cores: cores.load })
  const told = () => /listening (\d+)/.exec(started.output())?.[1] ?? null
  return {
    port: Number(await waitFor("the upstream listened", told, { owner: started })),
    stop: () => started.stop(2000),
  }
}
