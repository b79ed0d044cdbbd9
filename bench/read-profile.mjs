import { existsSync, readFileSync } from "node:fs"
import { SourceMap } from "node:module"
import { dirname, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * Turns a CPU profile (of V8's inspector) into self time by function, self time by module, and inclusive time by function of our own
 * sources, all in microseconds, the greatest first. Bundled code is told by its sources, with the maps that lie beside it.
 * @param root paths are told from here
 */
export function readProfile({ nodes, samples, timeDeltas }, root) {
  const toPlace = createLocator(root)
  const byId = new Map(nodes.map((node) => [node.id, { ...node, place: toPlace(node.callFrame) }]))
  for (const node of byId.values()) for (const child of node.children ?? []) byId.get(child).parent = node
  const functions = new Map()
  const modules = new Map()
  const inclusive = new Map()
  let busy = 0
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id)
    const micros = Math.max(0, timeDeltas[index])
    if (node.place.name === "(idle)") continue
    busy += micros
    add(functions, `${node.place.name}  ${node.place.where}`, micros)
    add(modules, node.place.module, micros)
    for (const place of stackOf(node)) add(inclusive, place, micros)
  }
  return { busyMicros: busy, functions: sort(functions), modules: sort(modules), inclusive: sort(inclusive) }
}

const add = (map, key, micros) => map.set(key, (map.get(key) ?? 0) + micros)
const sort = (map) => [...map].sort(([, a], [, b]) => b - a)

/** Our own functions on the way to a node, each once however often it recurs. */
function stackOf(node) {
  if (node.stack) return node.stack
  const above = node.parent ? stackOf(node.parent) : []
  const own = node.place.isOurs ? `${node.place.name}  ${node.place.where}` : null
  node.stack = own === null || above.includes(own) ? above : [...above, own]
  return node.stack
}

function createLocator(root) {
  const maps = new Map()
  const mapOf = (file) => {
    if (!maps.has(file)) {
      const path = `${file}.map`
      maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, "utf8"))) : null)
    }
    return maps.get(file)
  }
  return ({ functionName, url, lineNumber, columnNumber }) => {
    const name = functionName || "(anonymous)"
    if (url === "") {
      const module = name.startsWith("(") ? name : "(native)"
      return { name, where: module === name ? "" : "(native)", module, isOurs: false }
    }
    if (!url.startsWith("file:")) return { name, where: `${url}:${lineNumber + 1}`, module: url, isOurs: false }
    const file = fileURLToPath(url)
    const entry = mapOf(file)?.findEntry(lineNumber, columnNumber)
    const source = entry?.originalSource ? resolve(dirname(file), entry.originalSource) : file
    const line = (entry?.originalLine ?? lineNumber) + 1
    const path = relative(root, source.replace(/^file:\/\//, ""))
    return { name, where: `${path}:${line}`, module: toModule(path), isOurs: !path.includes("node_modules") }
  }
}

/** A package counts as one module, our own files each as their own. */
function toModule(path) {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path
}
