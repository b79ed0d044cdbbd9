import { fileURLToPath } from "node:url"
import { familyOf } from "../accounting.mjs"
import { findFreePort, startProcess, waitFor } from "../processes.mjs"
import { isListening } from "./is-listening.mjs"

const entry = fileURLToPath(new URL("../node_modules/@portkey-ai/gateway/build/start-server.js", import.meta.url))

/**
 * Portkey's open gateway as its documentation starts it, without its console, told by its own headers to reach a host of ours
 * (portkey.ai/docs/product/ai-gateway/custom-hosts). No retries, no cache, no guardrails: its shortest way.
 */
export async function startPortkey({ upstream, cores }) {
  const port = await findFreePort()
  const server = startProcess(process.execPath, [entry, `--port=${port}`, "--headless"], {
    environment: { NODE_ENV: "production" },
    cores: cores.measured,
  })
  await waitFor("Portkey listened", () => isListening(port), { owner: server })
  return {
    name: "portkey",
    title: "Portkey gateway",
    target: {
      host: "127.0.0.1",
      port,
      path: "/v1/chat/completions",
      headers: {
        authorization: "Bearer sk-bench",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `http://127.0.0.1:${upstream.port}/v1`,
      },
    },
    // It writes every event anew.
    exact: false,
    pids: () => familyOf(server.pid).map(({ pid }) => pid),
    helpers: () => [],
    groups: () => [server.pid],
    settle: async () => {},
    stop: () => server.stop(2000),
  }
}
