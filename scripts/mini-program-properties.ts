import { attributeNames, camelCase, entryOf } from '../firmware/pusher/attributes.js'

export const miniProgramPropertiesPath =
  'services/mini-program/example/components/live-pusher-box/properties.js'

/** The properties of the mini-program's component, from the attribute table. */
export function miniProgramProperties(): string {
  const lines = attributeNames.flatMap((name) => [
    `  // ${entryOf(name).help}`,
    `  ${camelCase(name)}: { type: null, value: null },`,
  ])
  return `${[
    '// Generated from the attribute table by `npm run generate`. Do not edit.',
    '// null: not set in markup, the box keeps what it has.',
    'module.exports = {',
    ...lines,
    '}',
  ].join('\n')}\n`
}
