/** The form in which background music travels from its decoder to the lanes. */

export const musicRate = 48_000
const bytesPerSample = 2

export const musicCaps = `audio/x-raw,format=S16LE,rate=${musicRate},channels=1,layout=interleaved`
export const musicBytesPerMs = (musicRate / 1_000) * bytesPerSample

/**
 * How long the mixer waits for music that is late, and at most for the microphone. Both are usually there in time;
 * then it waits for nothing, and without music it does not wait for any (`ignore-inactive-pads`).
 */
export const mixerPatienceMs = 500
