import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { listFiles } from "./fingerprint.mjs"

/**
 * Everything `protocol/` and a domain's door (`index.ts`) export has a docstring: these are what others read. A name is documented
 * by any of its declarations, by the comment that opens the file named for it, or by the documented export its type is
 * taken from (`z.infer<typeof X>`).
 */
export async function checkDocstrings(root) {
  const { default: ts } = await import("typescript")
  const problems = []
  for (const path of protocolFiles(root)) {
    problems.push(...undocumented(ts, path).map((name) => `${relative(root, path)}: ${name} has no docstring`))
  }
  for (const door of doors(root)) {
    for (const { from, names } of reExports(ts, door)) {
      const missing = new Set(undocumented(ts, from))
      const named = names ?? [...missing]
      problems.push(
        ...named.filter((name) => missing.has(name)).map((name) => `${relative(root, from)}: ${name} has no docstring`),
      )
    }
  }
  return { problems: [...new Set(problems)] }
}

const protocolFiles = (root) =>
  listFiles(root, ["protocol"]).filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))

function doors(root) {
  const domains = join(root, "server/src/domains")
  if (!existsSync(domains)) return []
  return readdirSync(domains)
    .map((name) => join(domains, name, "index.ts"))
    .filter((path) => existsSync(path))
}

function parse(ts, path) {
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2023, true)
}

function reExports(ts, door) {
  return parse(ts, door)
    .statements.filter((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier)
    .map((statement) => ({
      from: join(dirname(door), statement.moduleSpecifier.text),
      names: statement.exportClause?.elements?.map((element) => (element.propertyName ?? element.name).text),
    }))
    .filter(({ from }) => existsSync(from))
}

/** The exported names of a file that nothing documents. */
function undocumented(ts, path) {
  const file = parse(ts, path)
  const declarations = file.statements.filter(
    (statement) => ts.getCombinedModifierFlags(statement) & ts.ModifierFlags.Export || hasExport(ts, statement),
  )
  const documented = new Set()
  const seen = new Map()
  const opening = opensWithComment(ts, file) ? toExportName(path) : null
  for (const declaration of declarations) {
    for (const name of namesOf(ts, declaration)) {
      seen.set(name, [...(seen.get(name) ?? []), declaration])
      if (ts.getJSDocCommentsAndTags(declaration).length > 0 || name.toLowerCase() === opening) documented.add(name)
    }
  }
  const isDerived = (name) =>
    seen
      .get(name)
      .some((declaration) =>
        [...documented].some((other) => new RegExp(`typeof ${other}\\b`).test(declaration.getText())),
      )
  return [...seen.keys()].filter((name) => !documented.has(name) && !isDerived(name))
}

const hasExport = (ts, statement) =>
  statement.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false

function namesOf(ts, statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  return statement.name ? [statement.name.text] : []
}

/** Whether a `/**` comment stands before the first statement after the imports, or before them. */
function opensWithComment(ts, file) {
  const body = file.statements.find((statement) => !ts.isImportDeclaration(statement))
  return /^\s*\/\*\*/.test(file.text.slice(body?.getFullStart() ?? 0)) || /^\s*\/\*\*/.test(file.text)
}

const toExportName = (path) => path.replace(/^.*\//, "").replace(/\.ts$/, "").replaceAll("-", "")
