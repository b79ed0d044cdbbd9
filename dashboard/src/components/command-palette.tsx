import { useNavigate } from "@tanstack/react-router"
import { Command } from "cmdk"
import { AlertTriangle, FileSearch, Monitor, Moon, Sun } from "lucide-react"
import { type ReactNode, useState } from "react"
import type { Theme } from "../hooks/use-theme.ts"
import { Dialog } from "./dialog.tsx"
import { pages } from "./pages.ts"

interface CommandPaletteProps {
  readonly onTheme: (theme: Theme) => void
  readonly onClose: () => void
}

const requestIdPattern = /^req_[0-9a-z]{26}$/

/** Everything the dashboard can do, found by typing. A pasted request id leads to its request. */
export function CommandPalette({ onTheme, onClose }: CommandPaletteProps) {
  const [text, setText] = useState("")
  const navigate = useNavigate()
  const requestId = text.trim()
  const run = (action: () => unknown) => () => {
    onClose()
    void action()
  }
  return (
    <Dialog isOpen onClose={onClose} label="Go to a page or do something" className="mt-[12vh] max-w-lg">
      <Command label="Go to a page or do something" loop>
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder="Type a page, an action, or a request id"
          className="h-11 w-full border-line border-b bg-transparent px-4 placeholder:text-ink-mute focus-visible:outline-none"
        />
        <Command.List className="max-h-80 overflow-y-auto p-1.5" tabIndex={-1}>
          <Command.Empty className="px-2.5 py-6 text-center text-ink-mute">
            Nothing is called that. A request id begins with req_.
          </Command.Empty>
          {requestIdPattern.test(requestId) && (
            <Action
              onSelect={run(() => navigate({ to: "/requests/$requestId", params: { requestId } }))}
              value={requestId}
            >
              <FileSearch aria-hidden /> Open request {requestId}
            </Action>
          )}
          {pages.map(({ to, title, icon: Icon, keywords }) => (
            <Action key={to} value={title} keywords={keywords} onSelect={run(() => navigate({ to }))}>
              <Icon aria-hidden /> {title}
            </Action>
          ))}
          <Action
            value="Failed requests"
            keywords={["errors", "status"]}
            onSelect={run(() => navigate({ to: "/requests", search: { status: "error" } }))}
          >
            <AlertTriangle aria-hidden /> Failed requests
          </Action>
          <Action value="Light theme" onSelect={run(() => onTheme("light"))}>
            <Sun aria-hidden /> Light theme
          </Action>
          <Action value="Dark theme" onSelect={run(() => onTheme("dark"))}>
            <Moon aria-hidden /> Dark theme
          </Action>
          <Action value="System theme" onSelect={run(() => onTheme("system"))}>
            <Monitor aria-hidden /> System theme
          </Action>
        </Command.List>
      </Command>
    </Dialog>
  )
}

interface ActionProps {
  readonly value: string
  readonly keywords?: readonly string[]
  readonly onSelect: () => void
  readonly children: ReactNode
}

function Action({ value, keywords, onSelect, children }: ActionProps) {
  return (
    <Command.Item
      value={value}
      keywords={keywords ? [...keywords] : undefined}
      onSelect={onSelect}
      className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-ink-soft data-[selected=true]:bg-hover data-[selected=true]:text-ink [&_svg]:size-4"
    >
      {children}
    </Command.Item>
  )
}
