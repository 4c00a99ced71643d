/** Runs the scripts of a mini-program: App, pages with their templates, components with properties and observers. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import type { Teardown } from '../teardown.js'
import { type FakePhone, fakePhone } from './wx.js'
import { allOf, type Element, type Evaluate, parseWxml, render, textOf } from './wxml.js'

type Bag = Record<string, unknown>
type Call = (...values: unknown[]) => unknown

interface Instance extends Bag {
  data: Bag
  setData(part: Bag): void
}

export interface ShownPage {
  readonly path: string
  readonly data: Bag
  /** all that can be read on it */
  text(): string
  /** the first element that is shown with that tag and text */
  find(tag: string, text?: string): Element | undefined
  /** an event at that element, as when a finger does it */
  happen(tag: string, event: string, detail?: Bag, text?: string): void
}

export interface MiniProgram extends Pick<FakePhone, 'toasts' | 'cut'> {
  page(): ShownPage
  /** runs a script as a file of the mini-program; its console's words, one line each */
  run(script: string, file?: string): unknown
  readonly log: readonly string[]
}

const copy = <Value>(value: Value): Value =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value)

export const startMiniProgram = (t: Teardown, folder: string, storage: Bag = {}): MiniProgram => {
  const log: string[] = []
  const say = (...words: unknown[]): void =>
    void log.push(words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '))
  const phone = fakePhone(t, storage, (path) => (path === undefined ? back() : open(path.slice(1))))
  let registered: Bag = {}
  let app: Bag = {}
  const register = (options: Bag): void => {
    registered = options
  }
  /** what a script still has to do when the test ends is not done */
  const timers = new Set<NodeJS.Timeout>()
  t.teardown(() => {
    for (const timer of timers) clearTimeout(timer)
  })
  const realm = createContext({
    setTimeout: (call: () => void, ms: number) => {
      const timer = setTimeout(call, ms)
      timers.add(timer)
      return timer
    },
    clearTimeout,
    console: { log: say, warn: say, error: say, info: say },
    wx: phone.wx,
    App: register,
    Page: register,
    Component: register,
    getApp: () => app,
  })
  const modules = new Map<string, { exports: unknown }>()
  const load = (file: string): unknown => {
    const known = modules.get(file)
    if (known) return known.exports
    const module = { exports: {} }
    modules.set(file, module)
    run(readFileSync(join(folder, file), 'utf8'), file, module)
    return module.exports
  }
  const run = (script: string, file: string, module = { exports: {} as unknown }): unknown => {
    const call = runInContext(`(function (require, module, exports) {${script}\n})`, realm, {
      filename: join(folder, file),
    }) as Call
    call((name: string) => load(join(dirname(file), name)), module, module.exports)
    return module.exports
  }
  /** A page or a component is registered anew for each instance. */
  const registeredBy = (file: string): Bag => {
    modules.delete(file)
    load(file)
    return registered
  }
  const evaluate: Evaluate = (expression, scope) =>
    (runInContext(`(function (scope) { with (scope) { return (${expression}) } })`, realm) as Call)(scope)

  const components = new Map<string, string>()
  for (const [tag, path] of Object.entries(
    (
      JSON.parse(readFileSync(join(folder, 'app.json'), 'utf8')) as {
        usingComponents: Record<string, string>
      }
    ).usingComponents,
  ))
    components.set(tag, path.slice(1))

  const stack: (ShownPage & { readonly instance: Instance; close(): void })[] = []
  const back = (): void => {
    stack.pop()?.close()
    callOn(stack.at(-1)?.instance, 'onShow')
  }
  const open = (path: string): void => {
    const options = registeredBy(`${path}.js`)
    const template = parseWxml(readFileSync(join(folder, `${path}.wxml`), 'utf8'))
    const children = new Map<string, ReturnType<typeof createComponent>>()
    const shown = (): readonly Element[] => render(template.children, instance.data, evaluate).flatMap(allOf)
    const update = (): void => {
      const elements = shown().filter(({ tag }) => components.has(tag))
      const keyOf = ({ tag, attributes }: Element): string => String(attributes.id ?? tag)
      for (const element of elements) {
        const key = keyOf(element)
        const child = children.get(key)
        if (child) child.properties(element.attributes)
        else {
          const source = registeredBy(`${components.get(element.tag)}.js`)
          const made = createComponent(source, (name, detail) =>
            callOn(instance, String(element.attributes[`bind${name}`] ?? ''), {
              type: name,
              detail,
              timeStamp: Date.now(),
            }),
          )
          children.set(key, made)
          made.properties(element.attributes)
          made.attach()
        }
      }
      for (const [key, child] of children) {
        if (elements.some((element) => keyOf(element) === key)) continue
        children.delete(key)
        child.detach()
      }
    }
    const instance: Instance = {
      ...options,
      data: copy(options.data ?? {}) as Bag,
      setData: (part) => {
        Object.assign(instance.data, copy(part))
        update()
      },
      selectComponent: (selector: string) => children.get(selector.replace(/^#/, ''))?.instance,
    }
    for (const [name, value] of Object.entries(options))
      if (typeof value === 'function') instance[name] = (value as Call).bind(instance)
    const find = (tag: string, text = ''): Element | undefined =>
      shown().find((element) => element.tag === tag && textOf(element).includes(text))
    const close = (): void => {
      for (const child of children.values()) child.detach()
      callOn(instance, 'onUnload')
    }
    t.teardown(close)
    stack.push({
      path,
      instance,
      close,
      data: instance.data,
      text: () => render(template.children, instance.data, evaluate).map(textOf).join(' '),
      find,
      happen: (tag, event, detail = {}, text = '') => {
        const element = find(tag, text)
        if (!element) throw new Error(`no <${tag}> ${text} is shown`)
        callOn(instance, String(element.attributes[`bind${event}`]), { type: event, detail })
      },
    })
    callOn(instance, 'onLoad', {})
    callOn(instance, 'onShow')
    update()
  }

  load('app.js')
  app = { ...registered }
  callOn(app, 'onLaunch')
  const { pages } = JSON.parse(readFileSync(join(folder, 'app.json'), 'utf8')) as { pages: string[] }
  open(pages[0] ?? '')
  return {
    toasts: phone.toasts,
    cut: phone.cut,
    log,
    page: () => {
      const top = stack.at(-1)
      if (!top) throw new Error('no page is shown')
      return top
    },
    run: (script, file = 'script.js') => run(script, file),
  }
}

const callOn = (instance: Bag | undefined, name: string, ...values: unknown[]): void => {
  const method = instance?.[name]
  if (typeof method === 'function') (method as Call).apply(instance, values)
}

const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** One component: what WeChat does with properties, observers, methods and lifetimes. */
const createComponent = (options: Bag, trigger: (name: string, detail: unknown) => void) => {
  const declared = options.properties as Record<string, { value?: unknown } | (() => unknown)>
  const observers = Object.entries((options.observers ?? {}) as Record<string, Call>)
  const instance: Instance = {
    data: copy(options.data ?? {}) as Bag,
    setData: (part) => void Object.assign(instance.data, copy(part)),
    triggerEvent: (name: string, detail: unknown) => trigger(name, copy(detail)),
  }
  for (const [name, declaration] of Object.entries(declared))
    instance.data[name] = typeof declaration === 'function' ? declaration() : (declaration.value ?? null)
  for (const [name, method] of Object.entries(options.methods as Record<string, Call>))
    instance[name] = method.bind(instance)
  const lifetimes = options.lifetimes as Record<string, Call>
  return {
    instance,
    attach: () => lifetimes.attached?.call(instance),
    detach: () => lifetimes.detached?.call(instance),
    properties: (attributes: Readonly<Record<string, unknown>>) => {
      const changed = new Set<string>()
      for (const [written, value] of Object.entries(attributes)) {
        const name = camelCase(written)
        if (!(name in declared) || instance.data[name] === value) continue
        instance.data[name] = copy(value) ?? null
        changed.add(name)
      }
      for (const [names, observer] of observers) {
        const fields = names.split(',').map((name) => name.trim())
        if (fields.some((name) => changed.has(name)))
          observer.apply(
            instance,
            fields.map((name) => instance.data[name]),
          )
      }
    },
  }
}
