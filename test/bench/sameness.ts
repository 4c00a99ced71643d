/** Whether all encoded alike, by what x264 wrote into the streams. */
import type { SessionReport } from './receiver.js'

const settingsOf = (text: string): Map<string, string> =>
  new Map(
    (text.split('options: ')[1] ?? '').split(' ').map((word) => {
      const [key = '', value = ''] = word.split('=')
      return [key, value]
    }),
  )

/** Settings that differ, as `name=here (there)`; empty when none does. */
export const differences = (here: SessionReport, there: SessionReport): string[] => {
  const [own, other] = [settingsOf(here.encoderSettings), settingsOf(there.encoderSettings)]
  const names = [...new Set([...own.keys(), ...other.keys()])]
  return [
    ...names
      .filter((name) => own.get(name) !== other.get(name))
      .map((name) => `${name}=${own.get(name) ?? 'none'} (${other.get(name) ?? 'none'})`),
    ...(here.soundSettings === there.soundSettings
      ? []
      : [`AAC header ${here.soundSettings} (${there.soundSettings})`]),
  ]
}

/** The box and gst-launch must encode with the very same settings, or they can't be compared. */
export const unequalEncoding = (box: SessionReport, gstLaunch: SessionReport): string[] => {
  if (box.encoderSettings === '') return ['the box does not encode with x264']
  const found = differences(box, gstLaunch)
  return found.length === 0 ? [] : [`the box and gst-launch encode with other settings: ${found.join(', ')}`]
}
