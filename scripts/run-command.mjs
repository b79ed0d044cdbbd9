import { spawn } from "node:child_process"

/**
 * Runs a command to its end and gives its exit code and output; never throws for a command that fails. `live` passes the
 * output through as it comes.
 */
export function runCommand(command, args, { cwd, env, live = false, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: env ? { ...process.env, ...env } : process.env,
      stdio: live ? "inherit" : ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGTERM",
    })
    let output = ""
    const keep = (chunk) => {
      output += chunk
    }
    child.stdout?.setEncoding("utf8").on("data", keep)
    child.stderr?.setEncoding("utf8").on("data", keep)
    child.on("error", (error) => resolve({ code: 127, output: `${command}: ${error.message}` }))
    child.on("close", (code, signal) => {
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output })
    })
  })
}
