/** The debug overlay: figures by their labels, and the last codes with their time (spec 10.9). */
import type { DebugCode, DebugFigures, PreviewView } from '../../../firmware/pusher/preview.js'

export interface OverlayTexts {
  readonly figures: string
  readonly codes: string
  readonly noCodes: string
}

type Label = keyof DebugFigures

const labels = ['CPU', 'RES', 'SPD', 'JIT', 'FPS', 'GOP', 'ARA', 'VRA', 'QUE', 'DRP', 'CAS', 'SVR'] as const

const units: Readonly<Partial<Record<Label, string>>> = {
  CPU: '%',
  SPD: 'kbit/s',
  JIT: 'ms',
  GOP: 's',
  ARA: 'kbit/s',
  VRA: 'kbit/s',
  CAS: 'ms',
}

/** a longer name of a server needs more than a column */
const longestShort = 12

const whole = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(value)}`)

const valueText = (label: Label, figures: DebugFigures): string => {
  switch (label) {
    case 'CPU':
      return `${whole(figures.CPU.process)}/${whole(figures.CPU.system)}`
    case 'RES':
      return figures.RES === '0x0' ? '–' : figures.RES.replace('x', '×')
    case 'SVR':
      return figures.SVR || '–'
    default:
      return whole(figures[label])
  }
}

const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] => {
  const made = document.createElement(name)
  if (className) made.className = className
  made.append(...children)
  return made
}

export class DebugOverlay {
  readonly #root: HTMLElement
  readonly #values = new Map<Label, HTMLElement>()
  readonly #codes: HTMLOListElement
  readonly #texts: OverlayTexts
  readonly #language: string
  /** what the list shows */
  #listed = ''

  /** @param root is filled, and hidden while there is nothing to show */
  constructor(root: HTMLElement, texts: OverlayTexts, language: string) {
    this.#root = root
    this.#texts = texts
    this.#language = language
    const figures = element('dl', 'figures')
    figures.setAttribute('aria-label', texts.figures)
    for (const label of labels) {
      const value = element('b', '')
      const unit = units[label]
      figures.append(
        element(
          'div',
          'figure',
          element('dt', '', label),
          element('dd', '', value, ...(unit ? [element('small', '', ` ${unit}`)] : [])),
        ),
      )
      this.#values.set(label, value)
    }
    this.#codes = element('ol', 'codes')
    this.#codes.setAttribute('aria-label', texts.codes)
    root.replaceChildren(figures, this.#codes)
    root.hidden = true
  }

  /** Shows this, or nothing. */
  show(debug: PreviewView['debug']): void {
    this.#root.hidden = debug === undefined
    if (debug === undefined) return
    for (const [label, value] of this.#values) value.textContent = valueText(label, debug.figures)
    const server = this.#values.get('SVR')?.closest('.figure')
    server?.classList.toggle('wide', debug.figures.SVR.length > longestShort)
    const listed = debug.codes.map(({ time, code }) => `${time} ${code}`).join()
    if (listed === this.#listed && this.#codes.hasChildNodes()) return
    this.#listed = listed
    const lines = debug.codes.map((code) => this.#line(code)).reverse()
    this.#codes.replaceChildren(...(lines.length > 0 ? lines : [element('li', '', this.#texts.noCodes)]))
  }

  #line({ time, code, level, message, messageZh, cause }: DebugCode): HTMLLIElement {
    const text = this.#language === 'zh' ? messageZh : message
    const at = element('time', '', new Date(time).toTimeString().slice(0, 8))
    at.dateTime = new Date(time).toISOString()
    return element(
      'li',
      level,
      at,
      element('b', '', `${code}`),
      element('span', '', text, ...(cause && level !== 'event' ? [element('small', '', ` ${cause}`)] : [])),
    )
  }
}
