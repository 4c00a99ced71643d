/** The findings as one page that a person reads, or pastes into a report. */
import type { Finding } from './finding.js'

const marks = { ok: 'ok', remark: 'note', problem: 'WRONG' } as const

export interface PageHead {
  readonly box: string
  readonly host: string
  readonly time: string
}

export function page({ box, host, time }: PageHead, findings: readonly Finding[]): string {
  const width = Math.max(...Object.values(marks).map((mark) => mark.length)) + 2
  const indent = ' '.repeat(width)
  const sections = findings.flatMap(({ level, title, facts }) => [
    `${marks[level].padEnd(width)}${title}`,
    ...facts.map((fact) => `${indent}  ${fact}`),
  ])
  const todo = findings.flatMap(({ level, title, advice }) =>
    advice === undefined ? [] : [`${marks[level].padEnd(width)}${title}: ${advice}`],
  )
  return [
    `LivePusher Box "${box}" on ${host}, ${time}`,
    '',
    ...sections,
    '',
    ...(todo.length === 0 ? ['Nothing is wrong.'] : ['What to do', ...todo]),
  ].join('\n')
}
