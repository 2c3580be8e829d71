/** One spoken sentence as a WAV: what every phone can play and the server takes. A tap starts it, a tap ends it. */
import { onScopeDispose, ref } from 'vue'

export const LONGEST_S = 60
const RATE = 16_000
const HEAD_BYTES = 44

/** `denied`: the phone has no microphone for us; typing works all the same. */
export type RecorderState = 'idle' | 'recording' | 'denied'

export function useRecorder(onDone: (file: File) => void) {
  const state = ref<RecorderState>('idle')
  const seconds = ref(0)
  let recorder: MediaRecorder | null = null
  let timer: ReturnType<typeof setInterval> | undefined

  async function start(): Promise<void> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      const pieces: Blob[] = []
      recorder = new MediaRecorder(stream)
      recorder.ondataavailable = ({ data }) => pieces.push(data)
      recorder.onstop = () => {
        stream.getTracks().forEach((track) => track.stop())
        clearInterval(timer)
        state.value = 'idle'
        void wavOf(new Blob(pieces)).then(onDone, () => (state.value = 'denied'))
      }
      recorder.start()
      state.value = 'recording'
      seconds.value = 0
      timer = setInterval(() => {
        seconds.value++
        if (seconds.value >= LONGEST_S) stop()
      }, 1000)
    } catch {
      state.value = 'denied'
    }
  }
  function stop(): void {
    if (recorder?.state === 'recording') recorder.stop()
  }
  onScopeDispose(stop)
  return { state, seconds, toggle: () => (state.value === 'recording' ? stop() : void start()) }
}

async function wavOf(recorded: Blob): Promise<File> {
  const context = new OfflineAudioContext(1, 1, RATE)
  const sound = await context.decodeAudioData(await recorded.arrayBuffer())
  return new File([wav(sound.getChannelData(0))], 'voice.wav', { type: 'audio/wav' })
}

/** Samples from −1 to 1 as 16-bit mono. */
export function wav(samples: Float32Array): ArrayBuffer {
  const bytes = new ArrayBuffer(HEAD_BYTES + samples.length * 2)
  const view = new DataView(bytes)
  const word = (at: number, text: string) =>
    [...text].forEach((sign, n) => view.setUint8(at + n, sign.charCodeAt(0)))
  word(0, 'RIFF')
  view.setUint32(4, 36 + samples.length * 2, true)
  word(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, RATE, true)
  view.setUint32(28, RATE * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  word(36, 'data')
  view.setUint32(40, samples.length * 2, true)
  samples.forEach((one, n) =>
    view.setInt16(HEAD_BYTES + n * 2, Math.round(Math.max(-1, Math.min(1, one)) * 32_767), true),
  )
  return bytes
}
