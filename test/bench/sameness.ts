/** Whether all encoded alike, by what the streams say: sequence headers, and x264's list of its settings. */
import type { SessionReport } from './receiver.js'

const settingsOf = (text: string): Map<string, string> =>
  new Map(
    (text.split('options: ')[1] ?? '').split(' ').map((word) => {
      const [key = '', value = ''] = word.split('=')
      return [key, value]
    }),
  )

/** x264's settings that differ, as `name=here (there)`; undefined when one of the two did not send its list. */
export const settingDifferences = (here: SessionReport, there: SessionReport): string[] | undefined => {
  if (here.encoderSettings === '' || there.encoderSettings === '') return undefined
  const [own, other] = [settingsOf(here.encoderSettings), settingsOf(there.encoderSettings)]
  return [...new Set([...own.keys(), ...other.keys()])]
    .filter((name) => own.get(name) !== other.get(name))
    .map((name) => `${name}=${own.get(name) ?? 'none'} (${other.get(name) ?? 'none'})`)
}

/** The box and gst-launch must encode with the very same settings, or they can't be compared. */
export const unequalEncoding = (box: SessionReport, gstLaunch: SessionReport): string[] => {
  const headers = (['video', 'audio'] as const)
    .filter((kind) => box.headers[kind] !== gstLaunch.headers[kind])
    .map((kind) => `${kind} header ${box.headers[kind]} (${gstLaunch.headers[kind]})`)
  const found = [...headers, ...(settingDifferences(box, gstLaunch) ?? [])]
  return found.length === 0 ? [] : [`the box (gst-launch) encodes with other settings: ${found.join(', ')}`]
}
