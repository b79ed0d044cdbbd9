import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** What a figure depends on: machine, versions, commit, and how busy the machine was before the run. */
export function describeMachine(cores) {
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim()
  const versionOf = (name, args) => {
    const { stdout, stderr } = spawnSync(name, args, {
      encoding: "utf8",
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
    })
    return /\d+\.\d+(\.\d+)?/.exec(`${stdout ?? ""}${stderr ?? ""}`)?.[0] ?? "none"
  }
  const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  const isDirty = git("status", "--porcelain", "--untracked-files=no") !== ""
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    commit: `${git("rev-parse", "--short", "HEAD")}${isDirty ? " and changes" : ""}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.version,
    nginx: versionOf("nginx", ["-v"]),
    wrk: versionOf("wrk", ["-v"]),
    portkey: dependencies["@portkey-ai/gateway"],
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
    coresOfLoad: cores.load ?? "all",
    coresMeasured: cores.measured ?? "all",
  }
}
